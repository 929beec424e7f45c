import { describe, expect, it, vi } from "vitest";
import { Pruner } from "../../../src/supervisor/pruner.ts";
import { SteppingClock } from "../../support/stepping-clock.ts";

/** A pruner of a home where `outlived` are due, and where forgetting one takes `eachMs`. */
function prunedHome({ outlived, eachMs = 0, fail }: { outlived: () => string[]; eachMs?: number; fail?: () => void }) {
  const clock = new SteppingClock();
  const begun: number[] = [];
  const events: number[] = [];
  let lag = 0;
  const parts: ConstructorParameters<typeof Pruner>[0] = {
    // The time that the work takes passes on the clock that measures, not on the one that fires.
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + lag,
      after(ms, run) {
        const behind = lag;
        lag = 0;
        return clock.after(ms + behind, run);
      },
    },
    log: { error: vi.fn() } as never,
    settings: { current: { keep_finished: 10, keep_days: 30, events_keep: 100, usage_keep_days: 400 } as never },
    store: {
      missions: {
        outlived() {
          begun.push(clock.monotonic());
          fail?.();
          return outlived();
        },
      } as never,
      events: { prune: () => events.push(clock.monotonic()), lastSeq: () => 0 } as never,
      hooks: { lowestCursor: () => undefined } as never,
      turns: { prune() {} } as never,
    },
    supervisor: {
      remove() {
        lag += eachMs;
      },
    },
    shortenEnds() {},
  };
  return { pruner: new Pruner(parts), clock, begun, events, log: parts.log };
}

describe("the pruner", () => {
  it("looks for missions four times a minute, and for the rest once", async () => {
    const { clock, begun, events, pruner } = prunedHome({ outlived: () => [] });
    await clock.pass(120_000);
    expect(begun).toEqual([0, 15_000, 30_000, 45_000, 60_000, 75_000, 90_000, 105_000, 120_000]);
    expect(events).toEqual([0, 60_000, 120_000]);
    pruner.close();
    expect(clock.timerCount).toBe(0);
  });

  it("counts from the begin of a pass: one that takes long does not put off the next", async () => {
    const { clock, begun } = prunedHome({ outlived: () => ["a", "b"], eachMs: 4000 });
    await clock.pass(60_000);
    expect(begun).toEqual([0, 15_000, 30_000, 45_000, 60_000]);
  });

  it("rests a second after a pass that took more than its time", async () => {
    const { clock, begun } = prunedHome({ outlived: () => ["a"], eachMs: 20_000 });
    await clock.pass(63_000);
    expect(begun).toEqual([0, 21_000, 42_000, 63_000]);
  });

  it("goes on after a pass that failed", async () => {
    let failures = 0;
    const fail = () => {
      failures += 1;
      if (failures === 2) throw new Error("no room");
    };
    const { clock, begun, log } = prunedHome({ outlived: () => [], fail });
    await clock.pass(30_000);
    expect(begun).toEqual([0, 15_000, 30_000]);
    expect(log.error).toHaveBeenCalledTimes(1);
  });
});
