import { describe, expect, it } from "vitest";
import { type MissionEvent, noHistory } from "../../../src/events/domain-event.ts";
import { eventData } from "../../../src/events/history-view.ts";
import type { MissionRow } from "../../../src/store/rows.ts";
import { inOrder, type RowChange, rowChange } from "../../../src/supervisor/facts-of-event.ts";
import { buildRow } from "../../support/builders.ts";
import { Stage } from "../mission/stage.ts";

const now = 5000;
const history = { streak: 1, uptimeMs: 9, crashes: [9] };
const end = {
  attempt: 2,
  exit_code: 1,
  signal: null,
  reason: "failed",
  ended_at: 4000,
  leftovers: [{ pid: 1, command: "x" }],
} as const;

// biome-ignore format: a table
const golden: readonly [what: string, row: Partial<MissionRow>, event: MissionEvent, change: RowChange][] = [
  ["created", {}, { type: "mission.created", name: "n", command: "c", parent: null }, {}],
  [
    "starting", { status: "restarting", retry_at: 9, exit_code: 1, reason: "failed", wish: "restart" },
    { type: "mission.starting", attempt: 2, restarts: 1, history },
    {
      mission: {
        status: "starting", wish: null, reason: null, waiting_for: null, until: null, retry_at: null, started_at: null, ended_at: null,
        exit_code: null, signal: null, os_pid: null, attempt: 2, restarts: 1, history,
      },
      attempt: { attempt: 2, restarts: 1 },
    },
  ],
  [
    "started", {}, { type: "mission.started", attempt: 2, os_pid: 77 },
    { mission: { status: "running", os_pid: 77, started_at: now }, attempt: { attempt: 2, os_pid: 77, started_at: now } },
  ],
  [
    "started after a stop was asked", { wish: "stop" }, { type: "mission.started", attempt: 2, os_pid: 77 },
    { mission: { status: "stopping", os_pid: 77, started_at: now }, attempt: { attempt: 2, os_pid: 77, started_at: now } },
  ],
  [
    "adopted", { started_at: 3000 }, { type: "mission.adopted", attempt: 2, os_pid: 77 },
    { mission: { status: "running", os_pid: 77, started_at: 3000 }, attempt: { attempt: 2, os_pid: 77, started_at: 3000 } },
  ],
  [
    "adopted without a known start", { wish: "kill" }, { type: "mission.adopted", attempt: 2, os_pid: 77 },
    { mission: { status: "stopping", os_pid: 77, started_at: now }, attempt: { attempt: 2, os_pid: 77, started_at: now } },
  ],
  ["asked to stop", {}, { type: "mission.stop_requested", wish: "stop", by: "cli", cause: null }, { mission: { wish: "stop" } }],
  ["asked to restart", {}, { type: "mission.stop_requested", wish: "restart", by: "cli", cause: null }, { mission: { wish: "restart" } }],
  ["stopping", { wish: "stop" }, { type: "mission.stopping", attempt: 2, because: "stop" }, { mission: { status: "stopping" } }],
  ["swept", {}, { type: "mission.stopping", attempt: 2, because: "sweep" }, { mission: { status: "stopping" } }],
  ["timed out", {}, { type: "mission.stopping", attempt: 2, because: "timeout" }, { mission: { status: "stopping", wish: "timeout" } }],
  ["signalled", {}, { type: "mission.signalled", attempt: 2, signal: "SIGHUP", by: "cli" }, {}],
  [
    "at the end of an attempt", { os_pid: 77 }, { type: "mission.attempt_ended", uptime_ms: 30, ...end },
    {
      mission: { os_pid: null, exit_code: 1, signal: null, reason: "failed" },
      attempt: { attempt: 2, ended_at: 4000, uptime_ms: 30, exit_code: 1, signal: null, reason: "failed", note: null, leftovers: end.leftovers },
    },
  ],
  [
    "at the end of an attempt that was over before its start was heard of", { started_at: 4002 },
    { type: "mission.attempt_ended", uptime_ms: 0, ...end },
    {
      mission: { os_pid: null, exit_code: 1, signal: null, reason: "failed" },
      attempt: { attempt: 2, ended_at: 4002, uptime_ms: 0, exit_code: 1, signal: null, reason: "failed", note: null, leftovers: end.leftovers },
    },
  ],
  [
    "backing off", {}, { type: "mission.backing_off", attempt: 2, restart: 2, delay_ms: 1000, retry_at: 6000, history },
    { mission: { status: "restarting", history, retry_at: 6000, wish: null } },
  ],
  ["giving up", {}, { type: "mission.gave_up", attempt: 2, restarts: 5, within_seconds: 60 }, {}],
  [
    "ended", { wish: "stop", retry_at: 9 },
    { type: "mission.ended", attempt: 2, status: "stopped", reason: "stopped", exit_code: 143, signal: "SIGTERM" },
    {
      mission: {
        status: "stopped", reason: "stopped", exit_code: 143, signal: "SIGTERM", os_pid: null, wish: null, waiting_for: null, until: null,
        retry_at: null, ended_at: now,
      },
    },
  ],
  [
    "queued", {}, { type: "mission.queued", waiting_for: "delay", until: 99, note: "n" },
    { mission: { status: "queued", waiting_for: "delay", until: 99 } },
  ],
  ["released", { status: "queued" }, { type: "mission.released" }, {}],
  ["paused", {}, { type: "mission.paused", attempt: 2, by: "cli" }, { mission: { status: "paused" } }],
  ["unpaused", { status: "paused" }, { type: "mission.unpaused", attempt: 2, by: "cli" }, { mission: { status: "running" } }],
  ["removed", {}, { type: "mission.removed" }, {}],
];

describe("the rows of a mission", () => {
  it.each([...golden])("that is %s show it", (_, row, event, change) => {
    expect(rowChange(event, buildRow({ attempt: 2, ...row }), now)).toEqual(change);
  });
});

describe("an event", () => {
  it.each([...golden])("tells of %s with names in snake_case alone, whatever it holds", (_, _row, { type: _type, ...data }) => {
    expect(camelCaseKeys(eventData(data))).toEqual([]);
  });

  it("says that an attempt ended no earlier than it began, and nothing where nobody knows when", () => {
    const ended = { type: "mission.attempt_ended", uptime_ms: 0, ...end } as const;
    expect(inOrder(ended, { started_at: 4002 })).toEqual({ ...ended, ended_at: 4002 });
    expect(inOrder(ended, { started_at: 3999 })).toEqual(ended);
    expect(inOrder(ended, { started_at: null })).toEqual(ended);
    expect(inOrder({ ...ended, ended_at: null }, { started_at: 4002 })).toEqual({ ...ended, ended_at: null });
  });
});

const camelCaseKeys = (value: unknown): string[] =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, entry]) => [...(/[A-Z]/.test(key) ? [key] : []), ...camelCaseKeys(entry)]);

/** The rows' statuses as a mission's machine tells its life. */
function statuses(live: (stage: Stage) => unknown, policy: object = {}): string[] {
  const stage = new Stage({ policy });
  live(stage);
  let row = buildRow();
  const seen = [row.status as string];
  for (const event of stage.events) {
    row = { ...row, ...rowChange(event, row, now).mission };
    if (row.status !== seen.at(-1)) seen.push(row.status);
  }
  return seen;
}

describe("the status that people see", () => {
  it("of a mission that ends well", () => {
    expect(statuses((stage) => stage.started().ends())).toEqual(["starting", "running", "stopped"]);
  });

  it("of one that leaves something behind", () => {
    expect(statuses((stage) => stage.started().ends({ exitCode: 1, isClean: false }).swept())).toEqual([
      "starting",
      "running",
      "stopping",
      "crashed",
    ]);
  });

  it("of one that is stopped while it starts never says running", () => {
    expect(statuses((stage) => stage.ask("stop").started().ends())).toEqual(["starting", "stopping", "stopped"]);
  });

  it("of one that is killed", () => {
    expect(statuses((stage) => stage.started().ask("kill").ends())).toEqual(["starting", "running", "stopping", "killed"]);
  });

  it("of one that crashes and is stopped while backing off", () => {
    expect(statuses((stage) => stage.started().ends({ exitCode: 1 }).ask("stop"), { restart: "on_failure" })).toEqual([
      "starting",
      "running",
      "restarting",
      "stopped",
    ]);
  });

  it("of one that gives up", () => {
    const crash = (stage: Stage) => stage.started().ends({ exitCode: 1 });
    const seen = statuses((stage) => crash(crash(stage).pass(2000)), { restart: "on_failure", maxRestarts: 1 });
    expect(seen.at(-1)).toBe("crashed");
  });
});

describe("a new attempt", () => {
  it("forgets the wish, the end and the delay of the one before", () => {
    const old = buildRow({
      wish: "timeout",
      reason: "timeout",
      exit_code: 143,
      signal: "SIGTERM",
      retry_at: 1,
      started_at: 1,
      os_pid: 3,
    });
    const { mission } = rowChange({ type: "mission.starting", attempt: 2, restarts: 1, history: noHistory }, old, now);
    expect({ ...old, ...mission }).toEqual(buildRow({ attempt: 2, restarts: 1, history: noHistory }));
  });
});
