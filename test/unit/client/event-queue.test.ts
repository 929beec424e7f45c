import { describe, expect, it } from "vitest";
import { EventQueue } from "../../../src/client/event-queue.ts";

function queueOf(limit: number) {
  const calls: string[] = [];
  return {
    calls,
    queue: new EventQueue<number>(
      limit,
      () => calls.push("pause"),
      () => calls.push("resume"),
    ),
  };
}

async function take(events: AsyncGenerator<number, unknown>, count: number): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < count; i += 1) taken.push((await events.next()).value as number);
  return taken;
}

describe("a queue of events", () => {
  it("gives every event in order, then the answer", async () => {
    const { queue } = queueOf(10);
    for (let i = 0; i < 35; i += 1) queue.push(i);
    queue.finish("done");
    const events = queue.drain();
    expect(await take(events, 35)).toEqual([...Array(35).keys()]);
    expect(await events.next()).toEqual({ done: true, value: "done" });
  });

  it("wakes a consumer that waits", async () => {
    const { queue } = queueOf(10);
    const next = queue.drain().next();
    queue.push(1);
    expect(await next).toEqual({ done: false, value: 1 });
  });

  it("stops its source beyond the limit and lets it go on at the half", async () => {
    const { queue, calls } = queueOf(4);
    for (let i = 0; i < 6; i += 1) queue.push(i);
    expect(calls).toEqual(["pause"]);
    const events = queue.drain();
    await take(events, 3);
    expect(calls).toEqual(["pause"]);
    await take(events, 1);
    expect(calls).toEqual(["pause", "resume"]);
  });

  it("gives what came before an error, then throws it", async () => {
    const { queue } = queueOf(4);
    queue.push(1);
    queue.fail(new Error("broken"));
    const events = queue.drain();
    expect((await events.next()).value).toBe(1);
    await expect(events.next()).rejects.toThrow("broken");
  });
});
