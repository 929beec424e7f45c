import { describe, expect, it } from "vitest";
import type { AttemptEnd } from "../../../src/events/domain-event.ts";
import { Stage } from "./stage.ts";

const crashed = { exitCode: 1 };
const onFailure = { restart: "on_failure" } as const;
const pastEnd: AttemptEnd = { attempt: 2, exit_code: 1, signal: null, reason: "failed", ended_at: 5, leftovers: [] };

describe("a mission that a former daemon left", () => {
  it("is adopted while it runs", () => {
    const stage = new Stage({ attempt: 3, restarts: 2, resume: { kind: "adopt", wish: null, ranMs: 700 } });
    expect(stage.starts).toMatchObject([{ attempt: 3, mode: "adopt" }]);
    stage.started(true);
    expect(stage.state).toBe("running");
    expect(stage.story).toEqual(["adopted"]);
    stage.pass(300).ends();
    expect(stage.last("mission.attempt_ended").uptime_ms).toBe(1000);
  });

  it.each([
    ["stop", "terminating", "SIGTERM"],
    ["restart", "terminating", "SIGTERM"],
    ["timeout", "terminating", "SIGTERM"],
    ["kill", "killing", "kill"],
  ] as const)("goes on with the %s that was asked of it", (wish, state, order) => {
    const stage = new Stage({ resume: { kind: "adopt", wish, ranMs: 0 } }).started(true);
    expect(stage.state).toBe(state);
    expect(stage.orderNames).toEqual([order]);
  });

  it("has its true code when it ended meanwhile", () => {
    const stage = new Stage({ resume: { kind: "adopt", wish: "stop", ranMs: 700 } }).ends({ exitCode: 9, ranMs: 12 });
    expect(stage.last("mission.attempt_ended")).toMatchObject({ exit_code: 9, reason: "stopped", uptime_ms: 12 });
    expect(stage.starts).toHaveLength(1);
  });

  it("starts its next attempt, not the adopted one again", () => {
    const stage = new Stage({ policy: onFailure, resume: { kind: "adopt", wish: null, ranMs: 0 } })
      .started(true)
      .ends(crashed)
      .pass(1000);
    expect(stage.starts).toMatchObject([
      { attempt: 1, mode: "adopt" },
      { attempt: 2, mode: "start" },
    ]);
  });

  it("whose end is on record is decided without another word about that end", () => {
    const stage = new Stage({ attempt: 2, restarts: 1, resume: { kind: "ended", wish: null, end: pastEnd, ranMs: 50 } });
    expect(stage.events).toEqual([
      { type: "mission.ended", attempt: 2, status: "crashed", reason: "failed", exit_code: 1, signal: null },
    ]);
  });

  it("whose end is on record backs off from it", () => {
    const stage = new Stage({
      policy: onFailure,
      attempt: 2,
      restarts: 1,
      resume: { kind: "ended", wish: null, end: pastEnd, ranMs: 50 },
    });
    expect(stage.state).toBe("restarting");
    expect(stage.last("mission.backing_off")).toMatchObject({ restart: 2, history: { uptimeMs: 50, crashes: [50] } });
  });

  it.each([
    ["stop", "ended"],
    ["kill", "ended"],
    ["restart", "starting"],
  ] as const)("whose end is on record obeys the %s that came before it", (wish, state) => {
    const end: AttemptEnd = { ...pastEnd, reason: wish === "kill" ? "killed" : "stopped" };
    const stage = new Stage({ policy: onFailure, attempt: 2, restarts: 1, resume: { kind: "ended", wish, end, ranMs: 50 } });
    expect(stage.state).toBe(state);
    expect(stage.starts.map(({ attempt }) => attempt)).toEqual(wish === "restart" ? [3] : []);
  });

  it("waits only the rest of its backoff", () => {
    const stage = new Stage({
      policy: onFailure,
      attempt: 2,
      restarts: 1,
      resume: { kind: "backing_off", delayMs: 400, end: pastEnd },
    }).pass(399);
    expect(stage.state).toBe("restarting");
    expect(stage.events).toEqual([]);
    stage.pass(1);
    expect(stage.starts).toMatchObject([{ attempt: 3, restarts: 2, mode: "start" }]);
  });

  it("is stopped in the rest of its backoff with the code of its last attempt", () => {
    const stage = new Stage({ attempt: 2, resume: { kind: "backing_off", delayMs: 400, end: pastEnd } }).ask("stop");
    expect(stage.last("mission.ended")).toMatchObject({ status: "stopped", reason: "stopped", exit_code: 1, attempt: 2 });
  });
});
