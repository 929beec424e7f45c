import { describe, expect, it } from "vitest";
import { Stage } from "./stage.ts";

const day = 86_400_000;

// Rules are measured on the machine's monotonic clock; the wall clock is only shown to people.
describe.each([day, -day, 365 * day])("a wall clock that jumps by %i ms", (jump) => {
  it("moves no backoff", () => {
    const stage = new Stage({ policy: { restart: "on_failure", backoffMs: 5000, jitter: 0 } }).started().ends({ exitCode: 1 });
    stage.pass(2000).wallOffset = jump;
    expect(stage.pass(2999).state).toBe("restarting");
    expect(stage.pass(1).state).toBe("starting");
  });

  it("moves no timeout", () => {
    const stage = new Stage({ policy: { timeoutMs: 5000 } }).started();
    stage.pass(2000).wallOffset = jump;
    expect(stage.pass(2999).state).toBe("running");
    expect(stage.pass(1).state).toBe("terminating");
  });

  it("moves no grace", () => {
    const stage = new Stage({ policy: { graceMs: 5000 } }).started().ask("stop");
    stage.wallOffset = jump;
    expect(stage.pass(4999).state).toBe("terminating");
    expect(stage.pass(1).state).toBe("killing");
  });

  it("moves no deadline", () => {
    const stage = new Stage({ policy: { deadlineMs: 5000 } }).started();
    stage.pass(2000).wallOffset = jump;
    expect(stage.pass(2999).state).toBe("running");
    expect(stage.pass(1).state).toBe("terminating");
    expect(stage.story).toContain("deadline_passed");
  });
});

describe("a deadline", () => {
  it("ends a mission that backs off, and nothing starts again", () => {
    const policy = { deadlineMs: 3000, restart: "always", backoffMs: 60_000, jitter: 0 } as const;
    const stage = new Stage({ policy }).started().ends({ exitCode: 1 });
    expect(stage.pass(3000).state).toBe("ended");
    expect(stage.last("mission.ended")).toMatchObject({ status: "crashed", reason: "deadline" });
    expect(stage.starts).toHaveLength(1);
  });

  it("counts from when the mission was made, however late a daemon takes it up", () => {
    const resume = { kind: "adopt", wish: null, ranMs: 4000 } as const;
    const stage = new Stage({ policy: { deadlineMs: 5000 }, resume, createdAgo: 4000 }).started(true);
    expect(stage.pass(999).state).toBe("running");
    expect(stage.pass(1).state).toBe("terminating");
    expect(stage.ends({ exitCode: 143, signal: "SIGTERM" }).last("mission.ended").reason).toBe("deadline");
  });

  it("loses against a stop that came first", () => {
    const stage = new Stage({ policy: { deadlineMs: 5000 } }).started().ask("stop").pass(5000);
    expect(stage.ends({ exitCode: 143, signal: "SIGTERM" }).last("mission.ended").reason).toBe("stopped");
  });
});
