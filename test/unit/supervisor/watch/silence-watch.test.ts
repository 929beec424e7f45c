import { describe, expect, it } from "vitest";
import type { StallFindings } from "../../../../src/events/domain-event.ts";
import type { TreeUsage } from "../../../../src/runner/tree-usage.ts";
import { findings, SilenceWatch } from "../../../../src/supervisor/watch/silence-watch.ts";
import { SteppingClock } from "../../../support/stepping-clock.ts";

const day = 86_400_000;

/** A watch over an output that the test lets grow, and a tree that uses 1 ms of CPU a ms. */
class Watched {
  readonly clock = new SteppingClock();
  readonly told: { silentMs: number; findings: StallFindings }[] = [];
  measured = 0;
  looked = 0;
  /** Growth that no event told of yet. */
  hasUnseen = false;
  measure: () => Promise<TreeUsage | null>;
  readonly watch: SilenceWatch;
  #listener: () => void = () => {};

  constructor(limitMs: number, measure?: () => Promise<TreeUsage | null>) {
    this.measure = measure ?? (async () => usage(this.clock.monotonic(), 7));
    this.watch = new SilenceWatch({
      clock: this.clock,
      limitMs,
      onGrew: (listener) => {
        this.#listener = listener;
        return () => {
          this.#listener = () => {};
        };
      },
      look: () => {
        this.looked += 1;
        if (this.hasUnseen) this.grow();
        this.hasUnseen = false;
      },
      measure: () => {
        this.measured += 1;
        return this.measure();
      },
      tell: (silentMs, found) => this.told.push({ silentMs, findings: found }),
    });
  }

  grow(): void {
    this.#listener();
  }
}

const usage = (cpuMs: number, ...pids: number[]): TreeUsage => ({
  processes: pids.map((pid) => ({ pid, start: "1" })),
  cpuMs,
  memoryBytes: 1,
});

describe("a watch over silence", () => {
  it("tells once an attempt printed nothing for the limit, and not before", async () => {
    const watched = new Watched(1000);
    await watched.clock.pass(999);
    expect(watched.told).toEqual([]);
    await watched.clock.pass(1);
    expect(watched.told).toEqual([{ silentMs: 1000, findings: { cpu_ms: 1000, children_born: 0, processes: 1 } }]);
  });

  it("begins anew with each growth", async () => {
    const watched = new Watched(1000);
    for (let count = 0; count < 20; count += 1) {
      await watched.clock.pass(900);
      watched.grow();
    }
    expect(watched.told).toEqual([]);
    await watched.clock.pass(1000);
    expect(watched.told).toMatchObject([{ silentMs: 1000 }]);
  });

  it("tells once per silence, and again after new output", async () => {
    const watched = new Watched(1000);
    await watched.clock.pass(50_000);
    expect(watched.told).toHaveLength(1);
    expect(watched.clock.timerCount).toBe(0);
    watched.grow();
    await watched.clock.pass(50_000);
    expect(watched.told).toHaveLength(2);
  });

  it("looks at the file itself before it tells, for output whose event is still on its way", async () => {
    const watched = new Watched(1000);
    await watched.clock.pass(990);
    watched.hasUnseen = true;
    await watched.clock.pass(500);
    expect(watched.told).toEqual([]);
    await watched.clock.pass(510);
    expect(watched.told).toMatchObject([{ silentMs: 1000 }]);
  });

  it("tells nothing when output comes while it measures", async () => {
    let answer: (usage: TreeUsage | null) => void = () => {};
    const watched = new Watched(1000, () => new Promise((resolve) => (answer = resolve)));
    await watched.clock.pass(1000);
    watched.grow();
    answer(usage(0, 7));
    await watched.clock.pass(0);
    expect(watched.told).toEqual([]);
  });

  it("does not wait for evidence that does not come, and says that there is none", async () => {
    const watched = new Watched(1000, () => new Promise(() => {}));
    await watched.clock.pass(2000);
    expect(watched.told).toEqual([{ silentMs: 2000, findings: { cpu_ms: null, children_born: null, processes: null } }]);
  });

  it("measures the tree at most three times a silence, and never for each growth", async () => {
    const watched = new Watched(1000);
    for (let count = 0; count < 1000; count += 1) {
      await watched.clock.pass(10);
      watched.grow();
    }
    expect(watched.measured).toBe(1);
    await watched.clock.pass(1000);
    expect(watched.measured).toBe(3);
    expect(watched.told).toMatchObject([{ findings: { cpu_ms: 500 } }]);
  });

  it.each([day, -day, 365 * day])("is not moved by a wall clock that jumps by %i ms", async (jump) => {
    const watched = new Watched(1000);
    await watched.clock.pass(500);
    watched.clock.jump(jump);
    await watched.clock.pass(499);
    expect(watched.told).toEqual([]);
    await watched.clock.pass(1);
    expect(watched.told).toMatchObject([{ silentMs: 1000 }]);
  });

  it("is over when it is closed", async () => {
    const watched = new Watched(1000);
    watched.watch.close();
    await watched.clock.pass(5000);
    expect(watched.told).toEqual([]);
    expect(watched.clock.timerCount).toBe(0);
  });
});

describe("what a silent tree did", () => {
  it.each([
    ["worked and forked", usage(100, 1, 2), usage(350, 1, 3, 4), { cpu_ms: 250, children_born: 2, processes: 3 }],
    ["lost the time of a child", usage(100, 1), usage(40, 1), { cpu_ms: 0, children_born: 0, processes: 1 }],
    ["was not measured before", null, usage(40, 1), { cpu_ms: null, children_born: null, processes: 1 }],
    ["cannot be measured", usage(40, 1), null, { cpu_ms: null, children_born: null, processes: null }],
  ])("%s", (_, before, now, expected) => {
    expect(findings(before, now)).toEqual(expected);
  });

  it("knows a used pid from the process that had it before", () => {
    const before = { ...usage(0), processes: [{ pid: 7, start: "1" }] };
    const now = { ...usage(0), processes: [{ pid: 7, start: "2" }] };
    expect(findings(before, now).children_born).toBe(1);
  });
});
