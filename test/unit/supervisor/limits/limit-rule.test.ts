import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterLimit,
  afterQuiet,
  believed,
  isLimited,
  isQuiet,
  openAccount,
  resumeTimes,
} from "../../../../src/supervisor/limits/limit-rule.ts";

const now = 1_000_000_000;
const day = 86_400_000;
const rule = { backoffMs: 60_000, backoffMaxMs: 3_600_000 };
/** A local time on 5 January 2026. */
const at = (hour: number, minute = 0, date = 5) => new Date(2026, 0, date, hour, minute).getTime();
const night = { from: 22 * 60, to: 7 * 60 };
const noon = { from: 12 * 60, to: 13 * 60 + 30 };

describe("the time that an agent tells", () => {
  it.each([
    [null, null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    [now + 9 * day, null],
    [now + 7 * day, now + 7 * day],
    [now + 3000, now + 3000],
    [now - 5000, now - 5000],
    [-5, 0],
  ])("%s is taken as %s", (told, taken) => {
    expect(believed(told, now)).toBe(taken);
  });
});

describe("an account that meets a limit", () => {
  it.each([
    ["for the first time, told", openAccount, now + 3000, { until: now + 3000, strikes: 1 }],
    ["for the first time, over already", openAccount, now - 5, { until: now, strikes: 1 }],
    ["for the first time, not told", openAccount, null, { until: now + 60_000, strikes: 1, isGuess: true }],
    ["for the third time, not told", { until: now - 1, strikes: 2 }, null, { until: now + 240_000, strikes: 3, isGuess: true }],
    [
      "for the thousandth time, not told",
      { until: null, strikes: 999 },
      null,
      { until: now + 3_600_000, strikes: 1000, isGuess: true },
    ],
    ["again at once, told that it is over", { until: now - 1, strikes: 3 }, now, { until: now + 4000, strikes: 4 }],
    ["while it is limited, told later", { until: now + 5, strikes: 1 }, now + 9, { until: now + 9, strikes: 1 }],
    ["while it is limited, told earlier", { until: now + 9, strikes: 1 }, now + 5, { until: now + 9, strikes: 1 }],
    ["while it is limited, not told", { until: now + 9, strikes: 1 }, null, { until: now + 9, strikes: 1 }],
    [
      "while its limit is a guess, told earlier",
      { until: now + 9, strikes: 1, isGuess: true },
      now + 5,
      { until: now + 5, strikes: 1 },
    ],
    [
      "while its limit is a guess, told later",
      { until: now + 9, strikes: 1, isGuess: true },
      now + 20,
      { until: now + 20, strikes: 1 },
    ],
    ["told what cannot be", openAccount, now + 30 * day, { until: now + 60_000, strikes: 1, isGuess: true }],
  ] as const)("%s", (_, state, told, expected) => {
    expect(afterLimit(state, told, now, rule)).toEqual(expected);
  });

  it("is limited until then, and never by a time that cannot be", () => {
    expect(isLimited({ until: now + 1, strikes: 1 }, now)).toBe(true);
    expect(isLimited({ until: now, strikes: 1 }, now)).toBe(false);
    expect(isLimited({ until: now + 30 * day, strikes: 1 }, now)).toBe(false);
    expect(isLimited(openAccount, now)).toBe(false);
  });

  it("is limited afterwards, whatever it was before, for no longer than what can be", () => {
    const state = fc.record({ until: fc.option(fc.integer({ min: 0, max: 3 * now })), strikes: fc.nat(5000) });
    const told = fc.option(fc.oneof(fc.double(), fc.integer({ min: now - day, max: now + 30 * day })));
    fc.assert(
      fc.property(state, told, (before, time) => {
        const { until, strikes } = afterLimit(before, time, now, rule);
        expect(until).toBeGreaterThanOrEqual(now);
        expect(until).toBeLessThanOrEqual(now + 8 * day);
        expect(strikes).toBeGreaterThanOrEqual(before.strikes);
      }),
    );
  });
});

describe("quiet hours", () => {
  it.each([
    ["before a night", at(21, 59), night, at(21, 59)],
    ["as a night begins", at(22), night, at(7, 0, 6)],
    ["after midnight", at(3), night, at(7)],
    ["as a night ends", at(7), night, at(7)],
    ["at noon", at(12, 30), noon, at(13, 30)],
    ["in the evening of a noon", at(18), noon, at(18)],
    ["where there are none", at(3), null, at(3)],
  ])("%s nothing goes on before they are over", (_, time, quiet, expected) => {
    expect(afterQuiet(time, quiet)).toBe(expected);
  });

  it("are over at a time that is not quiet, soon", () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(fc.integer({ min: at(0), max: at(0) + 365 * day }), minute, minute, (time, from, to) => {
        fc.pre(from !== to);
        const end = afterQuiet(time, { from, to });
        expect(end).toBeGreaterThanOrEqual(time);
        expect(end - time).toBeLessThanOrEqual(day + 3_600_000);
        expect(isQuiet(end, { from, to })).toBe(false);
      }),
    );
  });
});

describe("missions whose limit is over", () => {
  const none = { quiet: null, staggerMs: 250 };

  it.each([
    ["after the limit", { until: now + 3000, strikes: 1 }, none, [now + 3125, now + 3375, now + 3625]],
    ["at once where it is over", { until: now - 9, strikes: 1 }, none, [now + 125, now + 375, now + 625]],
    ["at once where none is known", openAccount, none, [now + 125, now + 375, now + 625]],
    ["at once where it cannot be", { until: now + 30 * day, strikes: 1 }, none, [now + 125, now + 375, now + 625]],
  ])("go on one after the other %s", (_, state, how, expected) => {
    expect(resumeTimes(3, state, now, how, () => 0.5)).toEqual(expected);
  });

  it("wait for the end of the quiet hours, also where these begin between two of them", () => {
    const quiet = { quiet: night, staggerMs: 60_000 };
    expect(resumeTimes(2, { until: at(23), strikes: 1 }, at(20), quiet, () => 0)).toEqual([at(7, 0, 6), at(7, 0, 6) + 30_000]);
    const times = resumeTimes(3, { until: at(21, 59), strikes: 1 }, at(20), quiet, () => 0.5);
    expect(times).toEqual([at(21, 59) + 30_000, at(7, 0, 6), at(7, 0, 6) + 60_000]);
  });

  it("never go on together, too early, or later than their turn", () => {
    const random = fc.func(fc.double({ min: 0, max: 0.999, noNaN: true }));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: now - day, max: now + day }),
        random,
        (count, until, draw) => {
          let calls = 0;
          const times = resumeTimes(count, { until, strikes: 1 }, now, none, () => draw(calls++));
          expect(times[0]).toBeGreaterThanOrEqual(Math.max(until, now));
          for (let index = 1; index < count; index += 1) {
            const gap = (times[index] ?? 0) - (times[index - 1] ?? 0);
            expect(gap).toBeGreaterThanOrEqual(124);
            expect(gap).toBeLessThanOrEqual(376);
          }
        },
      ),
    );
  });
});
