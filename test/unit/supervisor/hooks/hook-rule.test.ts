import { describe, expect, it } from "vitest";
import { afterFailure, eventMatcher, remainingDelay } from "../../../../src/supervisor/hooks/hook-rule.ts";

describe("a failed delivery", () => {
  it("is tried again after delays that double up to a minute, then given up", () => {
    const delays = Array.from({ length: 9 }, (_, index) => afterFailure(index + 1, 8));
    expect(delays.map((next) => (next === "give_up" ? next : next.delayMs))).toEqual([
      1000,
      2000,
      4000,
      8000,
      16_000,
      32_000,
      60_000,
      60_000,
      "give_up",
    ]);
    expect(afterFailure(1, 0)).toBe("give_up");
    expect(afterFailure(1000, 1000)).toEqual({ delayMs: 60_000 });
  });

  it("waits for what is left of its delay, whatever became of the clock", () => {
    expect(remainingDelay(null, 5000)).toBe(0);
    expect(remainingDelay(9000, 5000)).toBe(4000);
    expect(remainingDelay(4000, 5000)).toBe(0);
    expect(remainingDelay(86_400_000, 0)).toBe(60_000);
  });
});

describe("a hook gets", () => {
  // biome-ignore format: a table
  it.each([
    [["mission.ended"], "mission.ended", true],
    [["mission.ended"], "mission.ended.not", false],
    [["mission.*"], "mission.stalled", true],
    [["mission.*"], "daemon.started", false],
    [["daemon.*", "mission.stalled"], "mission.stalled", true],
    [["mission.ended,mission.stalled"], "mission.stalled", true],
    [["*"], "config.changed", true],
    [["*"], "hook.dead", false],
    [["hook.*"], "hook.dead", false],
  ] as const)("with %j of the type %s: %j", (on, type, expected) => {
    expect(eventMatcher(on)(type)).toBe(expected);
  });
});
