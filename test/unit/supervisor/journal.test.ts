import { describe, expect, it } from "vitest";
import { EventBus } from "../../../src/events/bus.ts";
import type { Fact, Store } from "../../../src/store/store.ts";
import { Journal } from "../../../src/supervisor/journal.ts";
import type { EndBook } from "../../../src/supervisor/recovery/end-book.ts";
import { SteppingClock } from "../../support/stepping-clock.ts";

/** A journal over a disk that may be full. */
function scene() {
  const transactions: string[][] = [];
  const told: string[] = [];
  const disk = { isFull: false };
  const clock = new SteppingClock();
  const bus = new EventBus((error) => {
    throw error;
  });
  bus.on("*", ({ type }) => told.push(type));
  const record = (facts: readonly Fact[]) => {
    if (disk.isFull) throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
    transactions.push(facts.map(({ event }) => event.type));
    return facts.map(({ event }, index) => ({ ...event, seq: index, time: "" }));
  };
  const log = { error: () => {}, warn: () => {}, info: () => {} };
  const journal = new Journal({
    store: { record } as unknown as Store,
    bus,
    clock,
    log: log as never,
    ends: { note: () => {} } as unknown as EndBook,
  });
  const fact = (type: string): Fact => ({ event: { time: 0, type, mission: "m", attempt: 1, data: {} } });
  return { journal, fact, transactions, told, disk, clock };
}

describe("what is about to happen", () => {
  it("is stored together with what happened just before it, once", () => {
    const { journal, fact, transactions, told } = scene();
    journal.gather(() => {
      journal.note([fact("ended"), fact("backing_off")]);
      journal.intend([fact("starting")]);
      expect(told).toEqual(["ended", "backing_off", "starting"]);
      journal.note([fact("later")]);
    });
    expect(transactions).toEqual([["ended", "backing_off", "starting"], ["later"]]);
  });

  it("is refused when the disk is full, and what happened before it is kept until there is room", async () => {
    const { journal, fact, transactions, disk, clock } = scene();
    let stored = false;
    disk.isFull = true;
    journal.note([fact("ended")]);
    journal.onceStored(() => {
      stored = true;
    });
    expect(() => journal.intend([fact("starting")])).toThrow(expect.objectContaining({ code: "disk_full" }));
    expect([transactions, stored]).toEqual([[], false]);
    disk.isFull = false;
    await clock.pass(1000);
    expect(transactions).toEqual([["ended"]]);
    expect(stored).toBe(true);
  });

  it("tells those who wait for the facts before it that they are stored", () => {
    const { journal, fact, disk } = scene();
    disk.isFull = true;
    journal.note([fact("ended")]);
    let stored = 0;
    journal.onceStored(() => {
      stored += 1;
    });
    disk.isFull = false;
    journal.intend([fact("starting")]);
    expect(stored).toBe(1);
  });
});
