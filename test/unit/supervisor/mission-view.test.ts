import { describe, expect, it } from "vitest";
import { missionView, waitResult } from "../../../src/supervisor/mission-view.ts";
import { buildAttempt, buildRow, buildSpec } from "../../support/builders.ts";

const spec = buildSpec({ labels: { team: "a" }, policy: { timeoutMs: 1500, restart: "on_failure" } });
const row = buildRow(
  { status: "crashed", reason: "failed", exit_code: 1, attempt: 2, restarts: 1, started_at: 2000, ended_at: 3000 },
  spec,
);

describe("a mission as people see it", () => {
  it("has at least the fields of the contract", () => {
    const promised =
      "id name command type provider model status reason exit_code signal os_pid cwd parent children started_at ended_at attempt restart_policy restart_count last_activity session_id labels usage";
    const view = missionView(row, [], ["c2345678"]);
    expect(Object.keys(view)).toEqual(expect.arrayContaining(promised.split(" ")));
    expect(Object.values(view)).not.toContain(undefined);
  });

  it("has times in ISO 8601, what is absent as null, and the timeout in seconds", () => {
    expect(missionView(row, [], ["c2345678"])).toMatchObject({
      created_at: "1970-01-01T00:00:01.000Z",
      started_at: "1970-01-01T00:00:02.000Z",
      ended_at: "1970-01-01T00:00:03.000Z",
      last_activity: null,
      os_pid: null,
      restart_policy: "on_failure",
      restart_count: 1,
      timeout_seconds: 1.5,
      children: ["c2345678"],
      labels: { team: "a" },
    });
  });

  it("lists the attempts that have ended, oldest first", () => {
    const attempts = [
      buildAttempt({ reason: "failed", exit_code: 1, ended_at: 2500, started_at: 2000 }),
      buildAttempt({ attempt: 2 }),
    ];
    expect(missionView(row, attempts, []).attempts).toEqual([
      {
        attempt: 1,
        exit_code: 1,
        signal: null,
        reason: "failed",
        leftovers: [],
        started_at: "1970-01-01T00:00:02.000Z",
        ended_at: "1970-01-01T00:00:02.500Z",
      },
    ]);
  });

  it("tells a waiter how it ended", () => {
    expect(waitResult(row)).toEqual({
      id: "a2345678",
      name: "calm-otter",
      status: "crashed",
      exit_code: 1,
      signal: null,
      reason: "failed",
    });
  });
});
