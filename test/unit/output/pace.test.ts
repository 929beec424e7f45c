import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Pace } from "../../../src/output/pace.ts";

/** How often a writer is looked at in a second, and how late it is told of, when it writes every `gap` ms. */
function following(gap: number, seconds = 4) {
  const pace = new Pace();
  const delays: number[] = [];
  let looks = 0;
  let next = 0;
  let isWatched = true;
  for (let now = 0; now < seconds * 1000; ) {
    // A quiet file wakes its reader by itself.
    if (isWatched) now = Math.max(now, next);
    looks += 1;
    const found = now >= next;
    for (; next <= now; next += gap) delays.push(now - next);
    if (found) pace.grew(now);
    isWatched = !found;
    if (found) now += pace.gapMs(now);
  }
  delays.sort((a, b) => a - b);
  return { looksPerSecond: looks / seconds, median: delays[delays.length >> 1] ?? 0, worst: delays.at(-1) ?? 0 };
}

describe("how often a followed file is looked at", () => {
  it.each([20, 23, 50, 300])("tells at once of what comes every %d ms", (gap) => {
    expect(following(gap).worst).toBe(0);
  });

  it.each([1, 2, 5, 10])("looks about 80 times a second at what is written every %d ms", (gap) => {
    const { looksPerSecond, median } = following(gap);
    expect(looksPerSecond).toBeLessThan(90);
    expect(median).toBeLessThan(9);
  });

  it("tells at once again after a rest", () => {
    const pace = new Pace();
    for (let now = 0; now <= 100; now += 10) pace.grew(now);
    expect(pace.gapMs(100)).toBeGreaterThan(5);
    pace.grew(400);
    expect(pace.gapMs(400)).toBe(5);
  });

  it("goes on with the beat where a busy machine looks late", () => {
    const pace = new Pace();
    for (let now = 0; now < 100; now += 10) pace.grew(now);
    for (let now = 120; now < 2000; now += 30) {
      pace.grew(now);
      expect(pace.gapMs(now)).toBeGreaterThan(5);
    }
  });

  it("looks at all that stream in the same moments", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (start) => {
        const pace = new Pace();
        for (let round = 0; round < 10; round += 1) pace.grew(start + round);
        const now = start + 10;
        const gap = pace.gapMs(now);
        expect(gap).toBeGreaterThanOrEqual(6);
        expect(gap).toBeLessThanOrEqual(18);
        expect((now + gap) % 12).toBeLessThan(1.001);
      }),
    );
  });
});
