import { expect, it } from "vitest";
import { eventLine } from "../../../src/commands/event-line.ts";

const line = (data: Record<string, unknown>, attempt: number | null = 2): string =>
  eventLine({ seq: 7, time: "2026-01-31T12:00:00.000Z", type: "mission.x", mission: "a1b2c3d4", attempt, data });
const start = "7 2026-01-31T12:00:00.000Z mission.x a1b2c3d4#2";

// biome-ignore format: a table
it.each<[what: string, data: Record<string, unknown>, words: string]>([
  ["plain facts", { attempt: 2, os_pid: 7, exit_code: null, note: "a b" }, "os_pid=7 exit_code=null note=a b"],
  ["moments as a clock shows them", { retry_at: 0, until: null, ended_at: 1e99 }, "retry_at=1970-01-01T00:00:00.000Z until=null ended_at=1e+99"],
  ["of a history how much it holds", { history: { streak: 1, uptime_ms: 9, crashes: [4, 9], pipeline: { moves: 3, steps: { a: { tries: 1 }, b: {} }, skipped: [] } } },
    "history.streak=1 history.uptime_ms=9 history.crashes=2 history.pipeline.moves=3 history.pipeline.steps=2 history.pipeline.skipped=0"],
  ["word by word what holds more", { budget: { max_cost: 1, max_turns: null } }, "budget.max_cost=1 budget.max_turns=null"],
  ["six digits of a fraction", { share: 0.123456789, cost_usd: 0.00012 }, "share=0.123457 cost_usd=0.00012"],
  ["lists of words plainly, others as JSON", { keys: ["grace", "pool"], options: [{ id: "a" }], restarts: [] }, 'keys=grace,pool options=[{"id":"a"}] restarts=[]'],
  ["no control characters", { note: "a\u001b[2Jb" }, String.raw`note=a\e[2Jb`],
])("tells %s", (_, data, words) => expect(line(data)).toBe(`${start} ${words}`));

it("tells the attempt once", () => {
  expect(line({ attempt: 2 })).toBe(start);
  expect(line({}, null)).toBe("7 2026-01-31T12:00:00.000Z mission.x a1b2c3d4");
});
