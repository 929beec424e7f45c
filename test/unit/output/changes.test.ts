import { describe, expect, it } from "vitest";
import { Changes } from "../../../src/output/changes.ts";

describe("waiting for changes", () => {
  it("wakes everyone who waits, once", async () => {
    const changes = new Changes();
    const { signal } = new AbortController();
    const woken: number[] = [];
    const waits = [1, 2, 3].map((number) => changes.next(signal).then(() => woken.push(number)));
    changes.notify();
    await Promise.all(waits);
    changes.notify();
    expect(woken).toEqual([1, 2, 3]);
  });

  it("wakes who gives up, however often they wait, and nobody else", async () => {
    const changes = new Changes();
    const [giveUp, stay] = [new AbortController(), new AbortController()];
    let isWoken = false;
    const staying = changes.next(stay.signal).then(() => {
      isWoken = true;
    });
    const waits = [changes.next(giveUp.signal), changes.next(giveUp.signal)];
    changes.notify();
    await Promise.all([...waits, staying]);
    isWoken = false;
    const stayingAgain = changes.next(stay.signal).then(() => {
      isWoken = true;
    });
    const again = [changes.next(giveUp.signal), changes.next(giveUp.signal)];
    giveUp.abort();
    await Promise.all(again);
    expect(isWoken).toBe(false);
    changes.notify();
    await stayingAgain;
  });

  it("lets go of who gives up", async () => {
    const changes = new Changes();
    const giveUp = new AbortController();
    const wait = changes.next(giveUp.signal);
    giveUp.abort();
    await wait;
    await changes.next(giveUp.signal);
  });
});
