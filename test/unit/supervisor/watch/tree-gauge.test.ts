import { describe, expect, it } from "vitest";
import type { Attempt } from "../../../../src/runner/attempt.ts";
import type { TreeUsage } from "../../../../src/runner/tree-usage.ts";
import { TreeGauge } from "../../../../src/supervisor/watch/tree-gauge.ts";
import { SteppingClock } from "../../../support/stepping-clock.ts";

/** A gauge over attempts that hold what the test says. */
function setUp() {
  const clock = new SteppingClock();
  const bytes = new Map<Attempt, number>();
  const looks: number[] = [];
  const gauge = new TreeGauge(clock, {
    async measure(attempts) {
      looks.push(attempts.length);
      return new Map(attempts.flatMap((one) => (bytes.has(one) ? [[one, usage(bytes.get(one) ?? 0)] as const] : [])));
    },
  });
  const newAttempt = (held?: number): Attempt => {
    const attempt = {} as Attempt;
    if (held !== undefined) bytes.set(attempt, held);
    return attempt;
  };
  return { clock, gauge, bytes, looks, newAttempt };
}

const usage = (memoryBytes: number): TreeUsage => ({ processes: [], cpuMs: 0, memoryBytes });

describe("a gauge", () => {
  it("never looks while nobody asks", async () => {
    const { clock, looks } = setUp();
    await clock.pass(60_000);
    expect(looks).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it("looks once for all that ask at the same time", async () => {
    const { gauge, looks, newAttempt } = setUp();
    const [one, other] = [newAttempt(1), newAttempt(2)];
    const found = await Promise.all([gauge.measure(one), gauge.measure(other), gauge.measure(one)]);
    expect(found.map((usage) => usage?.memoryBytes)).toEqual([1, 2, 1]);
    expect(looks).toEqual([2]);
  });

  it("answers null when the machine cannot be looked at", async () => {
    const gauge = new TreeGauge(new SteppingClock(), { measure: () => Promise.reject(new Error("no /proc")) });
    expect(await gauge.measure({} as Attempt)).toBeNull();
  });

  it("tells once when a tree holds more than its limit", async () => {
    const { clock, gauge, bytes, newAttempt } = setUp();
    const attempt = newAttempt(100);
    const told: number[] = [];
    gauge.limit(attempt, 100, (held) => told.push(held));
    await clock.pass(5000);
    expect(told).toEqual([]);
    bytes.set(attempt, 101);
    await clock.pass(5000);
    expect(told).toEqual([101]);
    expect(clock.timerCount).toBe(0);
  });

  it("ends nothing that it could not measure", async () => {
    const { clock, gauge, newAttempt } = setUp();
    const told: number[] = [];
    gauge.limit(newAttempt(), 1, (held) => told.push(held));
    await clock.pass(10_000);
    expect(told).toEqual([]);
  });

  it("stops looking with the last watch, and looks again with the next", async () => {
    const { clock, gauge, looks, newAttempt } = setUp();
    const end = gauge.limit(newAttempt(1), 10, () => {});
    await clock.pass(2500);
    end();
    await clock.pass(60_000);
    const before = looks.length;
    await clock.pass(60_000);
    expect(looks).toHaveLength(before);
    gauge.limit(newAttempt(1), 10, () => {});
    await clock.pass(1000);
    expect(looks).toHaveLength(before + 1);
  });
});
