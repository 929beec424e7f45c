import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countCrash, isExceeded, membersToRestart } from "../../../src/mission/group-rule.ts";
import { type GroupSpec, groupStrategies } from "../../../src/mission/spec.ts";

const order = ["a", "b", "c", "d"];
const rule = (maxRestarts: number, maxSeconds: number): GroupSpec => ({ strategy: "one_for_one", maxRestarts, maxSeconds });

describe("which members start again", () => {
  it.each([
    ["one_for_one", "a", ["a"]],
    ["one_for_one", "d", ["d"]],
    ["one_for_all", "a", ["a", "b", "c", "d"]],
    ["one_for_all", "c", ["a", "b", "c", "d"]],
    ["rest_for_one", "a", ["a", "b", "c", "d"]],
    ["rest_for_one", "b", ["b", "c", "d"]],
    ["rest_for_one", "d", ["d"]],
  ] as const)("%s, %s crashed: %j", (strategy, crashed, expected) => {
    expect(membersToRestart(strategy, order, crashed)).toEqual(expected);
  });

  it("is always a part of the members in start order, with the crashed one, and never one before it but by one_for_all", () => {
    const members = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(fc.constantFrom(...groupStrategies), members, fc.nat(), (strategy, all, at) => {
        const crashed = all[at % all.length] ?? "";
        const restarts = membersToRestart(strategy, all, crashed);
        expect(restarts).toContain(crashed);
        expect(all.filter((one) => restarts.includes(one))).toEqual(restarts);
        if (strategy !== "one_for_all") expect(restarts[0]).toBe(crashed);
        if (strategy === "one_for_one") expect(restarts).toHaveLength(1);
        if (strategy === "one_for_all") expect(restarts).toEqual(all);
        if (strategy === "rest_for_one") expect(restarts.at(-1)).toBe(all.at(-1));
      }),
    );
  });
});

describe("the window of a group", () => {
  it.each([
    ["the first crash", rule(2, 10), [], 0, [0], false],
    ["as many as allowed", rule(2, 10), [1000], 2000, [1000, 2000], false],
    ["one more than allowed", rule(2, 10), [1000, 2000], 3000, [1000, 2000, 3000], true],
    ["one that just fell out", rule(2, 10), [1000, 2000], 11_000, [2000, 11_000], false],
    ["one that is just within", rule(2, 10), [1001, 2000], 11_000, [1001, 2000, 11_000], true],
    ["all long ago", rule(1, 1), [1, 2, 3], 9000, [9000], false],
    ["no limit", rule(0, 10), [1, 2, 3], 4, [1, 2, 3, 4], false],
    ["the second of one allowed", rule(1, 5), [100], 200, [100, 200], true],
    ["a window of no length", rule(1, 0), [100], 100, [], false],
  ] as const)("%s", (_what, group, before, at, crashes, exceeded) => {
    const counted = countCrash(group, before, at);
    expect([counted, isExceeded(group, counted)]).toEqual([crashes, exceeded]);
  });

  it("is exceeded exactly by the first crash that is the max_restarts + 1st within max_seconds", () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 10 }), gaps, (maxRestarts, maxSeconds, steps) => {
        const group = rule(maxRestarts, maxSeconds);
        const times: number[] = [];
        let kept: readonly number[] = [];
        for (const step of steps) {
          const at = (times.at(-1) ?? 0) + step;
          times.push(at);
          kept = countCrash(group, kept, at);
          const within = times.filter((time) => time > at - maxSeconds * 1000).length;
          expect(isExceeded(group, kept)).toBe(within > maxRestarts);
          if (within > maxRestarts) return;
        }
      }),
    );
  });
});
