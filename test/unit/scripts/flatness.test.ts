import fc from "fast-check";
import { describe, expect, it } from "vitest";

// Plain JavaScript, which the compiler is not to read.
const { judgeFlatness, slopePerHour } = await import(new URL("../../../scripts/soak/flatness.mjs", import.meta.url).href);

const hourMs = 3_600_000;
const bound = { key: "kb", share: 0.1, slack: 10 };
/** A sample each minute. */
const run = (minutes: number, kb: (minute: number) => number) =>
  Array.from({ length: minutes }, (_, minute) => ({ atMs: minute * 60_000, kb: kb(minute) }));

describe("the slope of a figure", () => {
  it("is what a straight line climbs in an hour, wherever it begins", () => {
    const line = fc.record({ from: fc.integer({ min: -1000, max: 1000 }), perHour: fc.integer({ min: -1000, max: 1000 }) });
    fc.assert(
      fc.property(line, fc.integer({ min: 2, max: 200 }), ({ from, perHour }, count) => {
        const points = Array.from({ length: count }, (_, at) => [at * 10_000, from + (perHour * at * 10_000) / hourMs]);
        expect(slopePerHour(points)).toBeCloseTo(perHour, 4);
      }),
    );
  });

  it("is not known of a single moment", () => {
    expect(slopePerHour([])).toBeNull();
    expect(slopePerHour([[5, 1]])).toBeNull();
  });
});

describe("whether a figure stayed flat", () => {
  it("holds for one that goes up and down", () => {
    expect(
      judgeFlatness(
        run(120, (minute) => 1000 + 90 * Math.sin(minute)),
        bound,
      ),
    ).toMatchObject({ isFlat: true });
  });

  it("does not hold for one that climbs beyond its bound, or that climbs at last", () => {
    expect(
      judgeFlatness(
        run(120, (minute) => 1000 + 3 * minute),
        bound,
      ),
    ).toMatchObject({ isFlat: false });
    expect(
      judgeFlatness(
        run(120, (minute) => (minute < 90 ? 1000 : 1200)),
        bound,
      ),
    ).toMatchObject({ isFlat: false });
  });

  it("allows a figure to fall", () => {
    expect(
      judgeFlatness(
        run(120, (minute) => 5000 - 10 * minute),
        bound,
      ),
    ).toMatchObject({ isFlat: true });
  });

  it("does not make an hour of a few minutes", () => {
    const found = judgeFlatness(
      run(15, (minute) => 1000 + 5 * minute),
      bound,
    );
    expect(found.isFlat).toBe(true);
    expect(found.slope_per_hour).toBeCloseTo(300, 6);
    expect(found.climb).toBeCloseTo(70, 6);
  });

  it("sees a climb that falls back before the end", () => {
    expect(judgeFlatness([...run(110, (minute) => 1000 + 4 * minute), { atMs: 110 * 60_000, kb: 1000 }], bound)).toMatchObject({
      isFlat: false,
    });
  });

  it("says nothing of what was never measured", () => {
    expect(judgeFlatness([{ atMs: 0 }, { atMs: 1 }, { atMs: 2 }, { atMs: 3 }], bound)).toBeNull();
  });
});
