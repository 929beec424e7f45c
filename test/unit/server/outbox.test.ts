import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Outbox } from "../../../src/server/outbox.ts";

/** A socket that takes what is written to it when it is told to. */
function slowSocket() {
  const writes: string[] = [];
  const taken: (() => void)[] = [];
  const write = (bytes: Buffer, done: () => void) => {
    writes.push(bytes.toString());
    taken.push(done);
  };
  return { writes, take: () => taken.shift()?.(), socket: { write } as unknown as Socket };
}

describe("the lines that a connection has to write", () => {
  it("go out in one write for each turn of the loop, in their order", async () => {
    const { writes, take, socket } = slowSocket();
    const outbox = new Outbox(socket, () => {});
    for (const line of ["a\n", "b\n"]) outbox.send(line);
    await Promise.resolve();
    outbox.send("c\n");
    expect(writes).toEqual([]);
    await turn();
    expect(writes).toEqual(["a\nb\nc\n"]);
    outbox.send("d\n");
    await turn();
    expect(writes).toHaveLength(1);
    take();
    expect(writes.at(-1)).toBe("d\n");
  });

  it("count as not yet taken until the operating system has them", async () => {
    const { take, socket } = slowSocket();
    const outbox = new Outbox(socket, () => {});
    let isFlushed = false;
    outbox.send("x".repeat(300 * 1024));
    expect(outbox.bytes).toBe(300 * 1024);
    const flushed = outbox.flushed().then(() => {
      isFlushed = true;
    });
    await turn();
    expect([outbox.bytes, isFlushed]).toEqual([300 * 1024, false]);
    take();
    await Promise.all([flushed, outbox.room()]);
    expect(outbox.bytes).toBe(0);
  });

  it("are not written any more when they were dropped, or when the connection has gone", async () => {
    const { writes, socket } = slowSocket();
    const outbox = new Outbox(socket, () => {});
    outbox.send("dropped\n");
    outbox.dropQueued();
    outbox.send("last\n");
    await turn();
    expect(writes).toEqual(["last\n"]);
    const gone = new Outbox(socket, () => {});
    gone.send("never\n");
    gone.close();
    await Promise.all([turn(), gone.flushed()]);
    expect(writes).toHaveLength(1);
  });
});
