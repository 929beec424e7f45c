import { expect, it } from "vitest";
import { fieldAt } from "../../../src/commands/info-field.ts";
import type { MissionView } from "../../../src/protocol/mission.ts";

const mission = {
  id: "a1b2c3d4",
  exit_code: null,
  queue: null,
  usage: { turns: 1 },
  labels: { team: "docs" },
  attempts: [{ attempt: 1, signal: "SIGTERM", leftovers: [] }],
  budget: { spent: { cost: 1 } },
} as unknown as MissionView;

it.each<[path: string, value: unknown]>([
  [".exit_code", null],
  ["id", "a1b2c3d4"],
  [".terminal.columns", null],
  [".group", null],
  [".queue.pool", null],
  [".labels.nope", null],
  [".usage.nope", null],
  [".attempts[0].signal", "SIGTERM"],
  [".attempts[9].signal", null],
  [".attempts[0].leftovers[0].pid", null],
  [".budget.spent.cost", 1],
  [".", mission],
])("%s is a field of missions", (path, value) => expect(fieldAt(mission, path)).toEqual(value));

it.each<[path: string, message: string, hint: string]>([
  [".exitcode", "a mission has no field '.exitcode'", "Did you mean: -f .exit_code"],
  ["exit-code", "a mission has no field '.exit-code'", "Did you mean: -f .exit_code"],
  [".nope", "a mission has no field '.nope'", "It has attempts, budget, exit_code, group, id, labels, queue, terminal, usage"],
  [".constructor", "a mission has no field '.constructor'", "It has attempts, "],
  [".attempts[0].signl", "a mission has no field '.attempts[0].signl'", "Did you mean: -f .attempts[0].signal"],
  [".attempts.signal", "a mission has no field '.attempts.signal': .attempts is a list", "Try: -f '.attempts[0]'"],
  [".id.length", "a mission has no field '.id.length': .id holds a single value", "Try: -f .id"],
  [".budget.spent.costs", "a mission has no field '.budget.spent.costs'", "Did you mean: -f .budget.spent.cost"],
])("%s is none, which is an error that names what is near", (path, message, hint) => {
  expect(() => fieldAt(mission, path)).toThrow(
    expect.objectContaining({ code: "invalid_argument", message, hint: expect.stringContaining(hint) }),
  );
});
