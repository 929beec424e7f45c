import { describe, expect, it } from "vitest";
import type { Clock } from "../../../src/base/clock.ts";
import { OvermindError } from "../../../src/base/errors.ts";
import { removeMany } from "../../../src/supervisor/remove-many.ts";

const ids = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** A clock on which only the work and the waits take time. */
function workClock(eachMs = 6) {
  const told: string[] = [];
  let now = 0;
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after(ms, run) {
      told.push(`waits ${ms}`);
      const immediate = setImmediate(() => {
        now += ms;
        run();
      });
      return { cancel: () => clearImmediate(immediate) };
    },
  };
  const remove = (id: string) => {
    told.push(id);
    now += eachMs;
  };
  return { clock, told, remove };
}

describe("the removal of many missions", () => {
  it("leaves time to others after each few milliseconds", async () => {
    const { clock, told, remove } = workClock(2);
    expect(await removeMany(ids, { clock, remove })).toEqual(ids);
    expect(told).toEqual(["a", "b", "c", "d", "e", "f", "waits 10", "g", "h"]);
  });

  it("goes on by a few at a time where each takes long", async () => {
    const { clock, told, remove } = workClock(100);
    expect(await removeMany(ids, { clock, remove })).toEqual(ids);
    expect(told).toEqual(["a", "b", "c", "d", "e", "waits 10", "f", "g", "h"]);
  });

  it("passes over what was removed or started again meanwhile, and answers what it removed", async () => {
    const { clock, remove } = workClock();
    const gone: Record<string, OvermindError> = {
      b: new OvermindError("not_found"),
      e: new OvermindError("still_live", "it runs again"),
    };
    const removed = await removeMany(ids, {
      clock,
      remove(id) {
        const error = gone[id];
        if (error !== undefined) throw error;
        remove(id);
      },
    });
    expect(removed).toEqual(["a", "c", "d", "f", "g", "h"]);
  });

  it("ends with any other failure, and removes nothing more", async () => {
    const { clock, told } = workClock();
    const remove = (id: string) => {
      told.push(id);
      if (id === "b") throw new OvermindError("disk_full", "no room");
    };
    await expect(removeMany(ids, { clock, remove })).rejects.toThrow("no room");
    expect(told).toEqual(["a", "b"]);
  });

  it("leaves off when the daemon goes", async () => {
    const { clock, told, remove } = workClock();
    await removeMany(ids, { clock, remove, isOver: () => told.includes("waits 10") });
    expect(told).toEqual(["a", "b", "c", "d", "e", "waits 10"]);
  });
});
