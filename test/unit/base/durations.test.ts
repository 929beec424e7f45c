import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DurationUnit, formatDuration, parseDuration } from "../../../src/base/durations.ts";

const readings: readonly [string, DurationUnit, number][] = [
  ["5s", "ms", 5000],
  ["200ms", "s", 200],
  ["2h", "s", 7_200_000],
  ["1.5h", "s", 5_400_000],
  ["1h30m", "s", 5_400_000],
  ["1d2h3m4s5ms", "s", 93_784_005],
  ["1w", "s", 604_800_000],
  ["30", "s", 30_000],
  ["30", "ms", 30],
  ["0.5", "s", 500],
  ["0", "s", 0],
  [" 5s ", "ms", 5000],
];

describe("reading a duration", () => {
  it.each([...readings])("takes '%s' in %s as %i ms", (text, bareUnit, ms) => {
    expect(parseDuration(text, bareUnit)).toBe(ms);
  });

  it.each(["", " ", "s", "5 s", "-5s", "5x", "1e3", "5s!", "NaN", "Infinity", ".5s", "1h30", "0x10"])(
    "refuses '%s' by the name of its field",
    (text) => {
      expect(() => parseDuration(text, "s", "grace")).toThrow(
        expect.objectContaining({
          code: "invalid_argument",
          message: `grace takes a duration such as 5s, 200ms or 2h, not '${text}'`,
        }),
      );
    },
  );
});

const writings: readonly [number, string][] = [
  [0, "0ms"],
  [-3, "0ms"],
  [850, "850ms"],
  [1000, "1s"],
  [59_999, "59s"],
  [60_000, "1m00s"],
  [192_000, "3m12s"],
  [18_120_000, "5h02m"],
  [86_399_999, "23h59m"],
  [273_600_000, "3d04h"],
];

describe("writing a duration", () => {
  it.each([...writings])("shows %i ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("loses less than its smallest unit when it is read again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 10 ** 10 }), (ms) => {
        const read = parseDuration(formatDuration(ms), "ms");
        const smallest = ms < 3_600_000 ? 1000 : ms < 86_400_000 ? 60_000 : 3_600_000;
        return read <= ms && ms - read < smallest;
      }),
    );
  });
});
