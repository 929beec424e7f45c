import { expect, it } from "vitest";
import { deferred } from "../../../src/base/deferred.ts";
import { hang, say, sayUntil, shell } from "../../support/model-server/answer.ts";
import { commandsWith } from "../../support/processes.ts";
import { until } from "../../support/until.ts";
import { longJob } from "./long-job.ts";
import { longPrompt } from "./long-prompt.ts";
import { patience, processesOf, RealHome, type Seat } from "./real-home.ts";

export interface SessionRules {
  /** Flags with which it runs shell commands without asking. */
  readonly mayUseShell: readonly string[];
  /** It may not have kept a conversation when it is killed; then it is told that a new one began. */
  readonly mayForget?: boolean;
}

/** What every kind of agent must do as a session; to be called within a `describe.concurrent`. */
export function itTalks(home: RealHome, { mayUseShell, mayForget = false }: SessionRules): void {
  it("takes turns over one process, each knowing those before, and a message of a megabyte byte for byte", async () => {
    const seat = await home.seat([say("One."), say("Two."), say("Three."), say("Four.")]);
    const id = await seat.session();
    expect((await seat.send(id, "first")).stdout).toBe("One.\n");
    const pid = await home.agentPid(id);
    expect((await seat.send(id, "second")).stdout).toBe("Two.\n");
    expect(JSON.parse((await seat.send(id, "third", { flags: ["--json"] })).stdout)).toMatchObject({
      text: "Three.",
      delivery: "confirmed",
    });
    expect(await home.agentPid(id)).toBe(pid);
    const told = seat.model.requests.at(-1)?.userTexts ?? [];
    expect(told.filter((text) => ["first", "second", "third"].includes(text))).toEqual(["first", "second", "third"]);
    expect(await heard(seat, id)).toMatch(/^One\.\nTwo\.\nThree\.$/m);
    expect((await seat.send(id, "-", { input: longPrompt })).stdout).toBe("Four.\n");
    expect(seat.model.wasTold(longPrompt)).toBe(true);
    expect((await home.info(id)).usage).toMatchObject({ input_tokens: 400, output_tokens: 28 });
    await home.run(["stop", id]);
    expect(await seat.ended(id)).toMatchObject({ status: "stopped", reason: "stopped" });
    expect(processesOf(id)).toEqual([]);
  });

  it("tells a subscriber what it says while it says it, takes a message meanwhile, and answers both in order", async () => {
    const gate = deferred();
    const seat = await home.seat([sayUntil(gate.promise, "A beginning, ", "and an end."), say("The second answer.")]);
    const id = await seat.session();
    const wire = home.wire();
    wire.start("subscribe", { id });
    await wire.request("info", { id });
    const first = wire.request("send", { id, message: "one", wait: true, timeout: patience.timeoutMs });
    const said = () => wire.events.filter(({ type }) => type === "text");
    await until(
      "the first words",
      () => said().some(({ text, delta }) => delta === true && text.includes("A beginning")),
      patience,
    );
    expect(JSON.stringify(said())).not.toContain("and an end.");
    const second = wire.request("send", { id, message: "two", wait: true, timeout: patience.timeoutMs });
    // What is asked on one connection is taken in its order.
    await wire.request("info", { id });
    gate.resolve();
    expect(await first).toMatchObject({ ok: { text: "A beginning, and an end.", is_error: false } });
    expect(await second).toMatchObject({ ok: { text: "The second answer.", is_error: false } });
    expect(seat.model.requests).toHaveLength(2);
    await home.run(["kill", id]);
    await until("the end of what it says", () => wire.events.at(-1)?.type === "exit", patience);
  });

  it("resumes its conversation after the agent was killed, and counts nothing twice", async () => {
    const seat = await home.seat([say("I will."), say("It was a secret word."), say("You are welcome.")]);
    const id = await seat.session("--restart", "on-failure", "--backoff", "0");
    expect((await seat.send(id, "remember the secret word")).stdout).toBe("I will.\n");
    const { session_id } = await home.info(id);
    process.kill(await home.agentPid(id), "SIGKILL");
    await until("the next attempt", async () => (await home.info(id)).attempt === 2, patience);
    expect((await seat.send(id, "what was it?")).stdout).toBe("It was a secret word.\n");
    const told = seat.model.requests.at(-1)?.userTexts ?? [];
    expect(told).toContain("what was it?");
    const first = (await home.info(id)).usage.cost_usd / 2;
    expect((await seat.send(id, "thank you")).stdout).toBe("You are welcome.\n");
    const info = await home.info(id);
    expect(info.usage).toMatchObject({ input_tokens: 300, output_tokens: 21 });
    expect(info.usage.cost_usd ?? 0).toBeCloseTo(3 * first, 6);
    const isForgotten = (await home.run(["logs", "--raw", id])).stdout.includes('"id":"overmind-resume","error"');
    if (mayForget && isForgotten) {
      expect((await home.run(["events", "--mission", id, "--json"])).stdout).toContain("resume_failed");
    } else {
      expect(told).toContain("remember the secret word");
      expect(info.session_id).toBe(session_id);
    }
  });

  it("is interrupted while its model hangs, lives on, and leaves no process where it is stopped while a tool runs", async () => {
    const job = longJob();
    const seat = await home.seat([hang("I begin"), say("Here again."), shell(job.command), say("That was long.")]);
    const id = await seat.session(...mayUseShell);
    const hanging = seat.send(id, "hang");
    await seat.isAsked();
    const pid = await home.agentPid(id);
    expect((await home.run(["interrupt", id])).code).toBe(0);
    expect((await hanging).code).toBe(1);
    expect((await seat.send(id, "again")).stdout).toBe("Here again.\n");
    expect(await home.agentPid(id)).toBe(pid);
    const answer = seat.send(id, "do it");
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
      // Who starts slowly has not confirmed it in time.
      expect([0, 3]).toContain((await own.run(["send", id, "say it slowly"], { env: seat.env })).code);
      await seat.wrote(id, "first half");
      const pid = await own.agentPid(id);
      await own.killDaemon();
      gate.resolve();
      await own.run(["start"]);
      expect((await seat.send(id, "are you there?")).stdout).toBe("Still here.\n");
      expect(await own.agentPid(id)).toBe(pid);
      expect(await heard(seat, id)).toMatch(/^The first half, and the second\.\nStill here\.$/m);
      expect((await own.info(id)).usage).toMatchObject({ input_tokens: 200, output_tokens: 14 });
    } finally {
      await own.dispose();
    }
  });
}

/** What the log says of the agent, without what was said to it. */
async function heard({ home }: Seat, id: string): Promise<string> {
  const lines = (await home.run(["logs", id])).stdout.split("\n");
  return lines.filter((line) => !line.startsWith("[human] ")).join("\n");
}
