import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { AgentHome, callsIn } from "./fake-home.ts";

const home = new AgentHome();
afterAll(() => home.dispose());

const send = async (id: string, ...words: string[]) => home.run(["send", "--wait", id, ...words]);
const linesOf = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("a session of an agent", () => {
  it("takes message after message over one process, the prompt first", async () => {
    const state = home.state();
    const flags = ["--provider", "claude", "--type", "session", "--env", `FAKE_STATE=${state}`];
    const id = await home.start(...flags, "first");
    await home.printed(id, "1: first");
    expect(await send(id, "and", "then")).toMatchObject({ code: 0, stdout: "2: and then\n" });
    const answer = JSON.parse((await home.run(["send", "--wait", "--json", id, "last"])).stdout);
    expect(answer).toMatchObject({
      text: "3: last",
      is_error: false,
      error_text: null,
      delivery: "confirmed",
      duration_ms: expect.any(Number),
    });
    expect(JSON.parse((await home.run(["result", id])).stdout)).toMatchObject({ text: "3: last", turn: 3 });
    expect((await home.info(id)).usage).toMatchObject({ input_tokens: 30, output_tokens: 15 });
    expect(callsIn(state)).toHaveLength(1);
    expect((await home.run(["logs", id])).stdout).toBe("1: first\n[human] and then\n2: and then\n[human] last\n3: last\n");
    await home.run(["stop", id]);
    expect(await home.wait(id)).toMatchObject({ status: "stopped", reason: "stopped" });
  });

  it("confirms a message that waits while a turn runs, and answers both in order", async () => {
    const id = await home.session("slow 600");
    const second = send(id, "second");
    expect(await home.run(["send", id, "third"])).toMatchObject({ code: 0, stdout: "" });
    expect((await second).stdout).toMatch(/^[23]: second\n$/);
    await until("the third answer", async () => (await home.logs(id)).match(/: third\n/));
  });

  it("says unconfirmed, with exit code 3, where the agent says nothing in time", async () => {
    const id = await home.session();
    expect((await send(id, "hello")).code).toBe(0);
    process.kill(await home.agentPid(id), "SIGSTOP");
    const { code, stdout } = await home.run(["send", "--json", "--timeout", "300", id, "anybody?"]);
    expect({ code, answer: JSON.parse(stdout) }).toMatchObject({ code: 3, answer: { id, delivery: "unconfirmed" } });
    expect((await home.run(["send", "--wait", "--timeout", "300", id, "anybody?"])).code).toBe(124);
  });

  it("is interrupted within a turn and lives on", async () => {
    const id = await home.session();
    const hanging = send(id, "hang");
    await until("the turn to run", async () => (await home.run(["logs", "--raw", id])).stdout.includes('"hang"'));
    expect((await home.run(["interrupt", id])).code).toBe(0);
    expect((await hanging).code).toBe(1);
    expect((await send(id, "again")).stdout).toBe("2: again\n");
  });

  it("is denied what it asks for, where it was started so, rather than left to wait", async () => {
    const id = await home.session("--on-ask", "deny");
    expect((await send(id, "ask")).stdout).toBe("deny\n");
  });

  it("tells a subscriber what it says as normalised events, then its exit", async () => {
    const id = await home.session();
    await send(id, "before");
    const listener = home.spawn(["subscribe", id]);
    await until("the subscription", async () => {
      await send(id, "now");
      return listener.stdout.includes("now");
    });
    await send(id, "once more");
    await home.run(["stop", id]);
    const events = linesOf((await listener.finished).stdout);
    expect(events.filter(({ type }) => type === "result").at(-1)).toMatchObject({ text: expect.stringMatching(/once more$/) });
    expect(events.filter(({ type }) => type === "text").length).toBeGreaterThan(0);
    expect(events.some(({ text }) => text === "1: before")).toBe(false);
    expect(events.at(-1)).toEqual({ type: "exit", status: "stopped", exit_code: expect.toSatisfy(isCode) });
  });

  it("goes on over the same process after the daemon was killed within a turn", async () => {
    const state = home.state();
    const id = await home.start("--provider", "claude", "--type", "session", "--env", `FAKE_STATE=${state}`, "slow 900");
    await until("the turn to run", async () => (await home.run(["logs", "--raw", id])).stdout.includes('"slow 900"'));
    const pid = await home.agentPid(id);
    await home.killDaemon();
    expect((await send(id, "after")).stdout).toBe("2: after\n");
    expect(await home.agentPid(id)).toBe(pid);
    expect((await home.info(id)).usage).toMatchObject({ input_tokens: 20 });
    // It may have been sent while the first turn ran.
    expect((await home.run(["logs", id])).stdout.replace("[human] after\n", "")).toBe("1: slow 900\n2: after\n");
  });

  it("resumes its conversation after the agent crashed, without saying the prompt again", async () => {
    const state = home.state();
    const flags = ["--provider", "claude", "--type", "session", "--restart", "on-failure", "--backoff", "0"];
    const id = await home.start(...flags, "--env", `FAKE_STATE=${state}`, "remember");
    await send(id, "this");
    const died = await send(id, "die");
    expect({ code: died.code, says: died.stderr.includes("exited") }).toEqual({ code: 1, says: true });
    await until("the next attempt", async () => (await home.info(id)).attempt === 2);
    expect((await send(id, "and go on")).stdout).toBe("4: and go on\n");
    const { session_id } = await home.info(id);
    expect(callsIn(state)[1]?.words).toEqual(expect.arrayContaining(["--resume", session_id]));
  });

  it("tells who asks for what cannot be: no session, none running, paused", async () => {
    const task = await home.start("sleep 20");
    for (const args of [
      ["send", task, "hi"],
      ["subscribe", task],
      ["interrupt", task],
    ])
      expect((await home.run(args)).stderr).toContain("not_session");
    const id = await home.session();
    await send(id, "hi");
    await home.run(["pause", id]);
    expect((await home.run(["send", id, "hi"])).stderr).toContain("paused");
    await home.run(["kill", id]);
    expect((await home.run(["send", id, "hi"])).stderr).toContain("not_running");
    await expect(home.ask("send", { id: task, message: "hi" })).rejects.toMatchObject({ code: "not_session" });
    expect(JSON.parse((await home.run(["result", task])).stdout)).toEqual({});
  });
});

const isCode = (code: unknown): boolean => code === null || typeof code === "number";

describe("a session of a command", () => {
  it("gets each message as a line, and answers what it prints until it is quiet", async () => {
    const id = await home.start("--type", "session");
    expect(await home.run(["send", id, "one", "line"])).toMatchObject({ code: 0, stdout: "" });
    await home.printed(id, "one line\n");
    expect(await send(id, "echo me")).toMatchObject({ code: 0, stdout: "echo me\n" });
    expect(await home.ask("send", { id, message: "wire", wait: true })).toMatchObject({ text: "wire", cost_usd: null });
    expect(await home.ask("send", { id, message: "wire" })).toBe(true);
  });

  it("ends a wait with timeout where it prints nothing, and with exited where it ends", async () => {
    const silent = await home.start("--type", "session", "cat > /dev/null");
    expect((await home.run(["send", "--wait", "--timeout", "300", silent, "hi"])).code).toBe(124);
    const brief = await home.start("--type", "session", "read line");
    const { code, stderr } = await send(brief, "hi");
    expect({ code, says: stderr.includes("exited") }).toEqual({ code: 1, says: true });
  });

  it("tells a subscriber its lines as plain events, then its exit", async () => {
    const id = await home.start("--type", "session", "while read line; do echo got $line; [ $line = end ] && exit 3; done");
    await send(id, "before");
    const wire = home.spawn(["subscribe", id]);
    await until("the subscription", async () => {
      await send(id, "more");
      return wire.stdout.includes("more");
    });
    await home.run(["send", id, "end"]);
    const events = linesOf((await wire.finished).stdout);
    expect(events[0]).toMatchObject({ type: "plain", text: "got more" });
    expect(events.at(-1)).toEqual({ type: "exit", status: "crashed", exit_code: 3 });
  });
});
