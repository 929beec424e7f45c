import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isAlive } from "../../support/processes.ts";
import { until } from "../../support/until.ts";
import { AgentHome, callsIn, promptIn } from "./fake-home.ts";

const home = new AgentHome();
afterAll(() => home.dispose());

const kinds = ["claude", "codex", "gemini", "opencode"];

/** A session, with what a fake agent writes down about it. */
async function session(kind: string, ...flags: string[]) {
  const state = home.state();
  const id = await home.start("--provider", kind, "--type", "session", "--env", `FAKE_STATE=${state}`, ...flags);
  // A turn that has to wait for the agent's program to load would be silent meanwhile.
  await until("the agent's program to run", () => callsIn(state).length === 1);
  await until("the agent to listen", async () => (await home.run(["send", "--wait", id, "hello"])).code === 0);
  return { id, state };
}

/** Starts a turn that does not end. */
async function hang(id: string, state: string) {
  const turn = home.run(["send", "--wait", id, "hang"]);
  await until("the turn to run", () => promptIn(state) === "hang");
  return turn;
}

/** How the agent saw its end: the words of its protocol, the end of input, signals. */
const endsIn = (state: string): string[] => readFileSync(join(state, "ends"), "utf8").trimEnd().split("\n");

// They mostly wait, each for its own mission.
describe.concurrent.each(kinds)("a stop of a session of %s", (kind) => {
  it("ends an idle one by the end of its input, without a signal", async () => {
    const { id, state } = await session(kind);
    expect((await home.run(["stop", id])).code).toBe(0);
    expect(await home.wait(id)).toMatchObject({ status: "stopped", reason: "stopped", exit_code: 0, signal: null });
    expect(endsIn(state)).toEqual(["eof"]);
  });

  it("interrupts the turn that runs, then ends its input", async () => {
    const { id, state } = await session(kind);
    const hanging = hang(id, state);
    await until("the turn to run", () => promptIn(state) === "hang");
    expect((await home.run(["stop", id])).code).toBe(0);
    expect(endsIn(state)).toEqual(["interrupt", "eof"]);
    expect((await hanging).code).toBe(1);
    expect(await home.wait(id)).toMatchObject({ status: "stopped", reason: "stopped" });
  });

  it("kills one that heeds nothing, once its grace is over and not later", async () => {
    const { id, state } = await session(kind, "--env", "FAKE_STUBBORN=1", "--grace", "5s");
    void hang(id, state);
    await until("the turn to run", () => promptIn(state) === "hang");
    const pid = await home.agentPid(id);
    const startedAt = performance.now();
    await home.run(["stop", id]);
    const tookMs = performance.now() - startedAt;
    expect(isAlive(pid)).toBe(false);
    expect(tookMs).toBeGreaterThan(4900);
    expect(tookMs).toBeLessThan(9500);
    expect(endsIn(state)).toEqual(["interrupt", "eof", "SIGTERM"]);
    expect(await home.wait(id)).toMatchObject({ status: "stopped", signal: "SIGKILL" });
  });
});

describe("a stop of a session", () => {
  it("uses the mission's own stop signal on the last rung", async () => {
    const { id, state } = await session("codex", "--env", "FAKE_STUBBORN=1", "--grace", "4s", "--stop-signal", "SIGINT");
    await home.run(["stop", id]);
    expect(endsIn(state)).toEqual(["eof", "SIGINT"]);
  });

  it("goes on when the daemon is killed within it", async () => {
    const { id, state } = await session("claude", "--env", "FAKE_STUBBORN=1", "--grace", "2s");
    const stop = home.run(["stop", id]);
    await until("the first rung", () => endsIn(state).includes("eof"));
    await home.killDaemon();
    await home.run(["start"]);
    expect(await home.wait(id)).toMatchObject({ status: "stopped", reason: "stopped" });
    await stop;
  });

  it("does not write what still waits to be sent; a restart does", async () => {
    const { id, state } = await session("codex");
    void hang(id, state);
    await until("the turn to run", () => promptIn(state) === "hang");
    const waiting = home.run(["send", "--wait", id, "later"]);
    const talk = join(home.home, "missions", id, "talk");
    await until("the message to be taken", () => readFileSync(talk, "utf8").includes('"later"'));
    expect((await home.run(["restart", id])).code).toBe(0);
    expect((await waiting).stdout).toBe("3: later\n");
  });
});

describe.concurrent.each(kinds)("a silent turn of %s", (kind) => {
  it("is interrupted when its time is over, and the session lives", async () => {
    const { id, state } = await session(kind, "--activity-timeout", "4s");
    const pid = await home.agentPid(id);
    expect((await hang(id, state)).code).toBe(1);
    expect((await home.run(["send", "--wait", id, "still there?"])).stdout).toBe("3: still there?\n");
    expect(await home.agentPid(id)).toBe(pid);
    expect((await home.run(["logs", id])).stdout).toContain("--- interrupted: no activity for 4s ---\n");
    const events = (await home.run(["events", "--json", "--mission", id, "--type", "mission.stalled"])).stdout;
    expect(
      events
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).data),
    ).toMatchObject([{ on_stall: "interrupt" }]);
  });

  it("that no interrupt ends is ended as the policy says", async () => {
    const { id, state } = await session(kind, "--activity-timeout", "3s", "--grace", "500ms", "--env", "FAKE_STUBBORN=1");
    void hang(id, state);
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "stalled" });
    const events = (await home.run(["events", "--json", "--mission", id, "--type", "mission.stalled"])).stdout;
    const told = events
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).data.on_stall);
    expect(told).toEqual(["interrupt", "kill"]);
  });
});

describe.concurrent("a session between its turns", () => {
  it("is silent as long as it likes", async () => {
    const { id } = await session("claude", "--activity-timeout", "2s");
    // Another one, whose silence counts five times later, shows when that would have been told.
    const watched = await home.start("--activity-timeout", "10s", "--on-stall", "notify", "sleep 60");
    await until("the other to be silent", async () => {
      const { stdout } = await home.run(["events", "--mission", watched, "--type", "mission.stalled"]);
      return stdout !== "";
    });
    expect((await home.run(["send", "--wait", id, "awake?"])).stdout).toBe("2: awake?\n");
    expect((await home.run(["events", "--mission", id, "--type", "mission.stalled"])).stdout).toBe("");
  });
});
