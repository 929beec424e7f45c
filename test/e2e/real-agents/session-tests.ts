import { expect, it } from "vitest";
import { deferred } from "../../../src/base/deferred.ts";
import { hang, say, sayUntil, shell } from "../../support/model-server/answer.ts";
import { commandsWith } from "../../support/processes.ts";
import type { Finished } from "../../support/spawned.ts";
import { until } from "../../support/until.ts";
import { longJob } from "./long-job.ts";
import { patience, processesOf, RealHome, type Seat } from "./real-home.ts";

export interface SessionRules {
  /** Flags with which it runs shell commands without asking. */
  readonly mayUseShell: readonly string[];
}

/** What every kind of agent must do as a session; to be called within a `describe.concurrent`. */
export function itTalks(home: RealHome, { mayUseShell }: SessionRules): void {
  it("takes three turns over one process, each knowing those before", async () => {
    const seat = await home.seat([say("One."), say("Two."), say("Three.")]);
    const id = await seat.session();
    expect((await send(seat, id, "first")).stdout).toBe("One.\n");
    const pid = await home.agentPid(id);
    expect((await send(seat, id, "second")).stdout).toBe("Two.\n");
    expect(JSON.parse((await send(seat, id, "third", "--json")).stdout)).toMatchObject({ text: "Three.", delivery: "confirmed" });
    expect(await home.agentPid(id)).toBe(pid);
    const told = seat.model.requests.at(-1)?.userTexts ?? [];
    expect(told.filter((text) => ["first", "second", "third"].includes(text))).toEqual(["first", "second", "third"]);
    expect((await home.run(["logs", id])).stdout).toMatch(/^One\.\nTwo\.\nThree\.$/m);
    expect((await home.info(id)).usage).toMatchObject({ input_tokens: 300, output_tokens: 21 });
    await home.run(["stop", id]);
    expect(await seat.ended(id)).toMatchObject({ status: "stopped", reason: "stopped" });
    expect(processesOf(id)).toEqual([]);
  });

  it("takes a message while a turn runs, and answers both in order", async () => {
    const gate = deferred();
    const seat = await home.seat([sayUntil(gate.promise, "The first ", "answer."), say("The second answer.")]);
    const id = await seat.session();
    const wire = home.wire();
    const first = wire.request("send", { id, message: "one", wait: true, timeout: patience.timeoutMs });
    await seat.isAsked();
    const second = wire.request("send", { id, message: "two", wait: true, timeout: patience.timeoutMs });
    // What is asked on one connection is taken in its order.
    await wire.request("info", { id });
    gate.resolve();
    expect(await first).toMatchObject({ ok: { text: "The first answer.", is_error: false } });
    expect(await second).toMatchObject({ ok: { text: "The second answer.", is_error: false } });
    expect(seat.model.requests).toHaveLength(2);
  });

  it("tells a subscriber what it says while it says it", async () => {
    const gate = deferred();
    const seat = await home.seat([sayUntil(gate.promise, "A beginning, ", "and an end.")]);
    const id = await seat.session();
    const wire = home.wire();
    wire.start("subscribe", { id });
    await wire.request("info", { id });
    const answer = send(seat, id, "go");
    const said = () => wire.events.filter(({ type }) => type === "text");
    await until(
      "the first words",
      () => said().some(({ text, delta }) => delta === true && text.includes("A beginning")),
      patience,
    );
    expect(JSON.stringify(said())).not.toContain("and an end.");
    gate.resolve();
    expect((await answer).stdout).toBe("A beginning, and an end.\n");
    await home.run(["kill", id]);
    await until("the end of what it says", () => wire.events.at(-1)?.type === "exit", patience);
  });

  it("is interrupted while its model hangs, and lives on", async () => {
    const seat = await home.seat([hang("I begin"), say("Here again.")]);
    const id = await seat.session();
    const hanging = send(seat, id, "hang");
    await seat.isAsked();
    const pid = await home.agentPid(id);
    expect((await home.run(["interrupt", id])).code).toBe(0);
    expect((await hanging).code).toBe(1);
    expect((await send(seat, id, "again")).stdout).toBe("Here again.\n");
    expect(await home.agentPid(id)).toBe(pid);
  });

  it("resumes its conversation after the agent was killed", async () => {
    const seat = await home.seat([say("I will."), say("It was a secret word.")]);
    const id = await seat.session("--restart", "on-failure", "--backoff", "0");
    expect((await send(seat, id, "remember the secret word")).stdout).toBe("I will.\n");
    const { session_id } = await home.info(id);
    process.kill(await home.agentPid(id), "SIGKILL");
    await until("the next attempt", async () => (await home.info(id)).attempt === 2, patience);
    expect((await send(seat, id, "what was it?")).stdout).toBe("It was a secret word.\n");
    const told = seat.model.requests.at(-1)?.userTexts ?? [];
    expect(told).toEqual(expect.arrayContaining(["remember the secret word", "what was it?"]));
    expect(await home.info(id)).toMatchObject({ session_id, usage: { input_tokens: 200, output_tokens: 14 } });
  });

  it("leaves no process where it is stopped while a tool runs", async () => {
    const job = longJob();
    const seat = await home.seat([shell(job.command), say("That was long.")]);
    const id = await seat.session(...mayUseShell);
    const answer = send(seat, id, "do it");
    await seat.runs(job);
    await home.run(["stop", id]);
    expect((await answer).code).toBe(1);
    expect(await seat.ended(id)).toMatchObject({ status: "stopped", reason: "stopped" });
    expect([...processesOf(id), ...commandsWith(job.tag)]).toEqual([]);
  });

  it("goes on over the same process after the daemon was killed within a turn, and loses no word", async () => {
    const own = new RealHome(home.kind);
    try {
      const gate = deferred();
      const seat = await own.seat([sayUntil(gate.promise, "The first half, ", "and the second."), say("Still here.")]);
      const id = await seat.session();
      expect((await own.run(["send", id, "say it slowly"], { env: seat.env })).code).toBe(0);
      await seat.wrote(id, "first half");
      const pid = await own.agentPid(id);
      await own.killDaemon();
      gate.resolve();
      await own.run(["start"]);
      expect((await send(seat, id, "are you there?")).stdout).toBe("Still here.\n");
      expect(await own.agentPid(id)).toBe(pid);
      expect((await own.run(["logs", id])).stdout).toMatch(/^The first half, and the second\.\nStill here\.$/m);
      expect((await own.info(id)).usage).toMatchObject({ input_tokens: 200, output_tokens: 14 });
    } finally {
      await own.dispose();
    }
  });
}

/** Sends a message and waits for the answer. */
function send({ home, env }: Seat, id: string, text: string, ...flags: readonly string[]): Promise<Finished> {
  const { timeoutMs } = patience;
  return home.run(["send", "--wait", "--timeout", String(timeoutMs), ...flags, id, text], { env, timeoutMs });
}
