import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StepHistory } from "../../../src/events/history.ts";
import { StepHistories } from "../../../src/events/step-histories.ts";

const step = (tries: number): StepHistory => ({
  agent: "a",
  tries,
  mission: null,
  probe: null,
  checks: [],
  isReady: false,
  isUnready: false,
  end: null,
});
const plain = (steps: StepHistories) => [...steps].map(([name, { tries }]) => [name, tries]);

describe("the steps of a pipeline", () => {
  it("hold what a plain map holds after any moves, also of those that two were made from", () => {
    const name = fc.integer({ min: 0, max: 200 }).map(String);
    // From which of those before it the next one is made: mostly the last.
    const from = fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.nat(5));
    const moves = fc.array(fc.tuple(name, from, fc.boolean()), { maxLength: 400, size: "max" });
    fc.assert(
      fc.property(moves, (all) => {
        const made = [{ steps: StepHistories.none, map: new Map<string, number>() }];
        for (const [at, [key, back, isRemoved]] of all.entries()) {
          const base = made[Math.max(0, made.length - 1 - back)] ?? { steps: StepHistories.none, map: new Map() };
          const map = new Map(base.map);
          if (isRemoved && at % 40 === 39) {
            map.delete(key);
            made.push({ steps: base.steps.without([key]), map });
          } else made.push({ steps: base.steps.with(key, step(at)), map: map.set(key, at) });
        }
        for (const { steps, map } of made.slice(-4)) {
          expect(plain(steps)).toEqual([...map]);
          expect(steps.size).toBe(map.size);
          for (let key = 0; key <= 200; key += 1) expect(steps.get(String(key))?.tries).toBe(map.get(String(key)));
        }
      }),
      { numRuns: 10 },
    );
  });

  it("are stored as a table of them, in the order in which they came", () => {
    const steps = StepHistories.of([
      ["b", step(1)],
      ["a", step(2)],
      ["b", step(3)],
    ]);
    expect(JSON.stringify(steps)).toBe(JSON.stringify({ b: step(3), a: step(2) }));
    expect(StepHistories.of(Object.entries(JSON.parse(JSON.stringify(steps)) as Record<string, StepHistory>))).toEqual(steps);
  });

  it("compare by what they hold", () => {
    expect(StepHistories.of([["a", step(1)]])).not.toEqual(StepHistories.of([["a", step(2)]]));
  });
});
