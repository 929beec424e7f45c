import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { GrowthWatch } from "../../../src/output/growth-watch.ts";
import { SlowRescan } from "../../../src/output/slow-rescan.ts";
import { scratch } from "./scratch.ts";

const watches: GrowthWatch[] = [];
afterEach(() => {
  for (const watch of watches.splice(0)) watch.close();
});

/** A watch, and a promise of the moment when it has seen `size` bytes. */
function watching(path: string, rescan = new SlowRescan()) {
  const waits: { size: number; resolve: (time: number) => void }[] = [];
  const grew = (size: number, time: number) => {
    for (const wait of waits) if (size >= wait.size) wait.resolve(time);
  };
  const watch = new GrowthWatch({ path, size: 0, rescan, now: Date.now, grew });
  watches.push(watch);
  return { watch, until: (size: number) => new Promise<number>((resolve) => waits.push({ size, resolve })) };
}

describe("watching a file grow", () => {
  it("sees each growth within 100 ms, after any pause", async () => {
    const path = join(scratch(), "output");
    writeFileSync(path, "");
    const { until } = watching(path);
    for (const [round, pauseMs] of [0, 10, 60, 49, 120, 51].entries()) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const seen = until(round + 1);
      const written = Date.now();
      appendFileSync(path, "x");
      expect((await seen) - written).toBeLessThan(100);
    }
  });

  it("waits for a file that is not there yet", async () => {
    const path = join(scratch(), "output");
    const { until, watch } = watching(path);
    const seen = until(3);
    setTimeout(() => writeFileSync(path, "abc"), 150);
    await seen;
    expect(watch.size).toBe(3);
  });

  it("tells nothing after it was closed", async () => {
    const path = join(scratch(), "output");
    writeFileSync(path, "");
    const { watch } = watching(path);
    watch.close();
    appendFileSync(path, "x");
    expect(watch.look()).toBe(0);
  });
});
