import { appendFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordBytes, TimeIndexReader, TimeIndexWriter } from "../../../src/output/time-index.ts";
import { scratch } from "./scratch.ts";

const fresh = () => join(scratch(), "times");

function written(path: string, growths: readonly (readonly [end: number, time: number])[]): void {
  const writer = new TimeIndexWriter(path);
  for (const [end, time] of growths) writer.note(end, time);
  writer.flush();
}

describe("the index of times", () => {
  it("answers for every byte a time that is at most 50 ms late, wherever it is asked", () => {
    const growth = fc.record({ bytes: fc.integer({ min: 1, max: 30 }), pauseMs: fc.integer({ min: 0, max: 120 }) });
    fc.assert(
      fc.property(fc.array(growth, { minLength: 1, maxLength: 40 }), fc.infiniteStream(fc.nat()), (growths, picks) => {
        const path = fresh();
        const seen: number[] = [];
        const marks: [number, number][] = [];
        let time = 1_700_000_000_000;
        for (const { bytes, pauseMs } of growths) {
          time += pauseMs;
          seen.push(...Array<number>(bytes).fill(time));
          marks.push([seen.length, time]);
        }
        written(path, marks);
        const reader = new TimeIndexReader(path);
        for (let round = 0; round < 50; round += 1) {
          const offset = (picks.next().value ?? 0) % seen.length;
          const late = (reader.recordAt(offset)?.time ?? 0) - (seen[offset] ?? 0);
          expect(late).toBeGreaterThanOrEqual(0);
          expect(late).toBeLessThan(50);
        }
        expect(reader.recordAt(seen.length)).toBeNull();
        expect(reader.end()).toBe(seen.length);
        reader.close();
      }),
      { numRuns: 60 },
    );
  });

  it("finds where the bytes of a moment begin", () => {
    const path = fresh();
    written(path, [
      [10, 1000],
      [20, 2000],
      [30, 3000],
    ]);
    const reader = new TimeIndexReader(path);
    expect([0, 1000, 1001, 2000, 3000].map((time) => reader.startOf(time))).toEqual([0, 0, 10, 10, 20]);
    expect(reader.startOf(3001)).toBeNull();
    reader.close();
  });

  it("sees records that are added while it is open", () => {
    const path = fresh();
    const reader = new TimeIndexReader(path);
    expect(reader.recordAt(0)).toBeNull();
    written(path, [[10, 1000]]);
    expect(reader.recordAt(0)).toEqual({ end: 10, time: 1000, isApproximate: false });
    written(path, [[20, 2000]]);
    expect(reader.recordAt(15)).toEqual({ end: 20, time: 2000, isApproximate: false });
    reader.close();
  });

  it("goes on after the last whole record when the former daemon died in the middle of one", () => {
    const path = fresh();
    written(path, [
      [10, 1000],
      [20, 2000],
    ]);
    truncateSync(path, recordBytes + 7);
    const writer = new TimeIndexWriter(path);
    expect(writer.last).toEqual({ end: 10, time: 1000, isApproximate: false });
    writer.note(25, 9000, true);
    const reader = new TimeIndexReader(path);
    expect(reader.recordAt(12)).toEqual({ end: 25, time: 9000, isApproximate: true });
    expect(statSync(path).size).toBe(2 * recordBytes);
    reader.close();
  });

  it("takes a punched beginning for older than everything", () => {
    const path = fresh();
    writeFileSync(path, Buffer.alloc(3 * recordBytes));
    appendFileSync(path, "");
    const writer = new TimeIndexWriter(path);
    writer.note(500, 7000);
    const reader = new TimeIndexReader(path);
    expect(reader.startOf(1)).toBe(0);
    expect(reader.recordAt(100)?.time).toBe(7000);
    reader.close();
  });

  it("does not end the daemon when it cannot be written", () => {
    const writer = new TimeIndexWriter(join(scratch(), "missing", "times"));
    writer.note(5, 1000);
    expect(writer.last).toBeNull();
  });
});
