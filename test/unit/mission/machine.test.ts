import { describe, expect, it } from "vitest";
import { Stage } from "./stage.ts";

const crashed = { exitCode: 1 };
const onFailure = { restart: "on_failure" } as const;
const byTerm = { exitCode: 143, signal: "SIGTERM" };
const byKill = { exitCode: 137, signal: "SIGKILL" };

describe("a mission that ends by itself", () => {
  it("is over at once when nothing is left", () => {
    const stage = new Stage().started().pass(1234).ends({ exitCode: 0 });
    expect(stage.state).toBe("ended");
    expect(stage.events).toEqual([
      { type: "mission.started", attempt: 1, os_pid: 4001 },
      {
        type: "mission.attempt_ended",
        uptime_ms: 1234,
        attempt: 1,
        exit_code: 0,
        signal: null,
        reason: "completed",
        ended_at: 1234,
        leftovers: [],
      },
      { type: "mission.ended", attempt: 1, status: "stopped", reason: "completed", exit_code: 0, signal: null },
    ]);
    expect(stage.orders).toEqual([]);
  });

  it("is not over before what it left is gone", () => {
    const stage = new Stage().started().ends({ exitCode: 42, isClean: false });
    expect(stage.state).toBe("sweeping");
    expect(stage.story).toEqual(["started", "stopping"]);
    expect(stage.orderNames).toEqual(["sweep natural"]);
    stage.swept(7, 8);
    expect(stage.last("mission.attempt_ended").leftovers.map(({ pid }) => pid)).toEqual([7, 8]);
    expect(stage.last("mission.ended")).toMatchObject({ status: "crashed", reason: "failed", exit_code: 42 });
  });

  it("keeps its leftovers when it was told to", () => {
    const stage = new Stage({ policy: { keepLeftovers: true } }).started().ends({ isClean: false });
    expect(stage.orderNames).toEqual(["sweep keep"]);
  });

  it("never ran when its program is missing, and says why", () => {
    const stage = new Stage({ policy: { restart: "always" } }).ends({
      kind: "spawn_error",
      exitCode: 127,
      note: "no such program",
    });
    expect(stage.story).toEqual(["attempt_ended", "ended"]);
    expect(stage.last("mission.attempt_ended")).toMatchObject({ reason: "spawn_error", note: "no such program", uptime_ms: 0 });
    expect(stage.last("mission.ended")).toMatchObject({ status: "crashed", exit_code: 127 });
  });

  it("has no exit code when nobody saw its end, and nothing of it is spared", () => {
    const stage = new Stage({ policy: { keepLeftovers: true } })
      .started()
      .ends({ kind: "lost", exitCode: null, endedAt: null, isClean: false });
    expect(stage.orderNames).toEqual(["sweep stop"]);
    stage.swept();
    expect(stage.last("mission.ended")).toMatchObject({ status: "crashed", reason: "lost", exit_code: null });
  });

  it("ran as long as its owner knows better", () => {
    const stage = new Stage().started().pass(5000).ends({ ranMs: 300 });
    expect(stage.last("mission.attempt_ended").uptime_ms).toBe(300);
  });
});

describe("a mission that is stopped", () => {
  it("is told, and ends stopped whatever its code", () => {
    const stage = new Stage({ policy: { ...onFailure, stopSignal: "SIGINT" } }).started().ask("stop");
    expect(stage.state).toBe("terminating");
    expect(stage.orderNames).toEqual(["SIGINT"]);
    stage.ends({ exitCode: 7 });
    expect(stage.story).toEqual(["started", "stop_requested", "stopping", "attempt_ended", "ended"]);
    expect(stage.last("mission.stop_requested")).toMatchObject({ wish: "stop", by: "cli" });
    expect(stage.last("mission.stopping").because).toBe("stop");
    expect(stage.last("mission.ended")).toMatchObject({ status: "stopped", reason: "stopped", exit_code: 7 });
  });

  it("is killed when the grace passes, and counts as stopped", () => {
    const stage = new Stage().started().ask("stop").pass(9999);
    expect(stage.orderNames).toEqual(["SIGTERM"]);
    stage.pass(1);
    expect(stage.orderNames).toEqual(["SIGTERM", "kill"]);
    expect(stage.state).toBe("killing");
    stage.ends(byKill);
    expect(stage.last("mission.ended")).toMatchObject({
      status: "stopped",
      reason: "stopped",
      exit_code: 137,
      signal: "SIGKILL",
    });
  });

  it("gets no second grace from a second stop", () => {
    const stage = new Stage().started().ask("stop").pass(6000).ask("stop").pass(4000);
    expect(stage.orderNames).toEqual(["SIGTERM", "kill"]);
  });

  it("before its process is there is stopped all the same", () => {
    const stage = new Stage().ask("stop");
    expect(stage.state).toBe("terminating");
    stage.started();
    expect(stage.state).toBe("terminating");
    stage.ends(byTerm);
    expect(stage.story).toEqual(["stop_requested", "stopping", "started", "attempt_ended", "ended"]);
    expect(stage.last("mission.ended").reason).toBe("stopped");
  });

  it("leaves nothing behind even with keep-leftovers", () => {
    const stage = new Stage({ policy: { keepLeftovers: true } }).started().ask("stop").ends({ isClean: false });
    expect(stage.orderNames).toEqual(["SIGTERM", "sweep stop"]);
  });

  it("while its leftovers are swept after a success stays completed", () => {
    const stage = new Stage().started().ends({ isClean: false }).ask("stop").swept();
    expect(stage.last("mission.ended")).toMatchObject({ status: "stopped", reason: "completed" });
  });

  it("while its leftovers are swept before a restart is stopped", () => {
    const stage = new Stage({ policy: onFailure })
      .started()
      .ends({ ...crashed, isClean: false })
      .ask("stop")
      .swept();
    expect(stage.state).toBe("ended");
    expect(stage.last("mission.ended")).toMatchObject({ status: "stopped", reason: "stopped" });
    expect(stage.starts).toHaveLength(1);
  });

  it("wins over a restart that was asked before", () => {
    const stage = new Stage().started().ask("restart").ask("stop").ends(byTerm);
    expect(stage.state).toBe("ended");
  });

  it("is not started again by a restart that is asked afterwards", () => {
    const stage = new Stage().started().ask("stop").ask("restart").ends(byTerm);
    expect(stage.state).toBe("ended");
    expect(stage.starts).toHaveLength(1);
  });
});

describe("a mission that is killed", () => {
  it("gets no grace and its leftovers neither", () => {
    const stage = new Stage({ policy: { restart: "always" } }).started().ask("kill");
    expect(stage.orderNames).toEqual(["kill"]);
    stage.ends({ ...byKill, isClean: false }).swept();
    expect(stage.orderNames).toEqual(["kill", "sweep kill"]);
    expect(stage.last("mission.ended")).toMatchObject({ status: "killed", reason: "killed", exit_code: 137 });
  });

  it("after a stop does not wait for the grace", () => {
    const stage = new Stage().started().ask("stop").ask("kill").ends(byKill);
    expect(stage.orderNames).toEqual(["SIGTERM", "kill"]);
    expect(stage.last("mission.ended").status).toBe("killed");
  });

  it("stays killed when a stop follows", () => {
    const stage = new Stage().started().ask("kill").ask("stop").ends(byKill);
    expect(stage.last("mission.ended").status).toBe("killed");
  });

  it("while it is swept hurries the sweep", () => {
    const stage = new Stage().started().ask("stop").ends({ isClean: false }).ask("kill");
    expect(stage.orderNames).toEqual(["SIGTERM", "sweep stop", "kill"]);
  });
});

describe("a mission that is asked to restart", () => {
  it("ends its attempt with the grace and starts the next at once, with a clean history", () => {
    const history = { streak: 3, uptimeMs: 9, crashes: [9] };
    const stage = new Stage({ history, restarts: 3, attempt: 4 }).started().ask("restart").ends(byTerm);
    expect(stage.state).toBe("starting");
    expect(stage.starts.at(-1)).toMatchObject({ attempt: 5, restarts: 4, mode: "start", history: { streak: 0, crashes: [] } });
    expect(stage.last("mission.attempt_ended").reason).toBe("stopped");
    expect(stage.story).not.toContain("ended");
  });

  it("has an attempt like any other afterwards", () => {
    const stage = new Stage().started().ask("restart").ends(byTerm).started();
    expect(stage.state).toBe("running");
    stage.ends();
    expect(stage.last("mission.ended")).toMatchObject({ attempt: 2, status: "stopped", reason: "completed" });
  });

  it("does not wait out its backoff", () => {
    const stage = new Stage({ policy: onFailure }).started().ends(crashed).ask("restart");
    expect(stage.state).toBe("starting");
    expect(stage.starts.at(-1)).toMatchObject({ attempt: 2, restarts: 1 });
    stage.pass(60_000);
    expect(stage.starts).toHaveLength(2);
  });
});

describe("a mission with a timeout", () => {
  const timed = { timeoutMs: 5000, graceMs: 1000 };

  it("is stopped when its attempt has run that long, and says so", () => {
    const stage = new Stage({ policy: timed }).pass(3000).started().pass(4999);
    expect(stage.state).toBe("running");
    stage.pass(1);
    expect(stage.last("mission.stopping").because).toBe("timeout");
    stage.pass(1000).ends(byKill);
    expect(stage.orderNames).toEqual(["SIGTERM", "kill"]);
    expect(stage.last("mission.ended")).toMatchObject({ status: "crashed", reason: "timeout" });
  });

  it("has the time anew in each attempt", () => {
    const stage = new Stage({ policy: { ...timed, ...onFailure } }).started().pass(4000).ends(crashed).pass(1000);
    stage.started().pass(4999);
    expect(stage.state).toBe("running");
  });

  it("has only the rest of it after an adoption", () => {
    const stage = new Stage({ policy: timed, resume: { kind: "adopt", wish: null, ranMs: 4000 } }).started(true).pass(1000);
    expect(stage.state).toBe("terminating");
  });
});

describe("a mission that crashes", () => {
  it("starts again at once where there is no backoff, and tells of it all the same", () => {
    const stage = new Stage({ policy: { ...onFailure, backoffMs: 0 } }).started().ends(crashed);
    expect(stage.state).toBe("starting");
    expect(stage.story).toEqual(["started", "attempt_ended", "backing_off"]);
    expect(stage.last("mission.backing_off")).toMatchObject({ attempt: 1, restart: 1, delay_ms: 0 });
    expect(stage.starts.map(({ attempt, restarts }) => [attempt, restarts])).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });

  it("waits out its backoff, then starts again", () => {
    const stage = new Stage({ policy: onFailure }).started().pass(10).ends(crashed);
    expect(stage.state).toBe("restarting");
    expect(stage.last("mission.backing_off")).toEqual({
      type: "mission.backing_off",
      attempt: 1,
      restart: 1,
      delay_ms: 1000,
      retry_at: 1010,
      history: { streak: 1, uptimeMs: 10, crashes: [10] },
    });
    stage.pass(999);
    expect(stage.starts).toHaveLength(1);
    stage.pass(1).started();
    expect(stage.starts.at(-1)).toMatchObject({ attempt: 2, restarts: 1, mode: "start" });
    expect(stage.story).toEqual(["started", "attempt_ended", "backing_off", "started"]);
  });

  it("gives up when it crashes too often", () => {
    const stage = new Stage({ policy: { ...onFailure, maxRestarts: 10 }, onStart: (_, tell) => tell(crash) });
    stage.pass(3_600_000);
    expect(stage.state).toBe("ended");
    expect(stage.starts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(stage.story.slice(-3)).toEqual(["attempt_ended", "gave_up", "ended"]);
    expect(stage.last("mission.gave_up")).toMatchObject({ attempt: 11, restarts: 10, within_seconds: 60 });
    expect(stage.last("mission.ended")).toMatchObject({ status: "crashed", reason: "failed", exit_code: 1 });
  });

  it("is stopped while backing off without another attempt, and keeps its last code", () => {
    const stage = new Stage({ policy: onFailure }).started().ends(crashed).ask("stop").pass(60_000);
    expect(stage.starts).toHaveLength(1);
    expect(stage.last("mission.ended")).toMatchObject({ status: "stopped", reason: "stopped", exit_code: 1 });
  });

  it("is killed while backing off without another attempt", () => {
    const stage = new Stage({ policy: onFailure }).started().ends(crashed).ask("kill");
    expect(stage.last("mission.ended")).toMatchObject({ status: "killed", reason: "killed" });
  });

  it("hears nothing of its former attempt in the next one", () => {
    const stage = new Stage({ policy: onFailure }).started().ends(crashed).pass(1000).started();
    const before = stage.events.length;
    stage.tellers[0]?.(crash);
    expect(stage.state).toBe("running");
    expect(stage.events).toHaveLength(before);
  });
});

const crash = { type: "process.ended", kind: "exited", exitCode: 1, signal: null, endedAt: 0, isClean: true } as const;
