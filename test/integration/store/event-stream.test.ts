import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EventBus } from "../../../src/events/bus.ts";
import { eventStream } from "../../../src/supervisor/event-stream.ts";
import { useScratch } from "./scratch.ts";

const scratch = useScratch();

/** A log that tells its bus, as the journal does. */
function openLog() {
  const store = scratch.open(join(scratch.directory(), "overmind.db"));
  const bus = new EventBus((error) => {
    throw error;
  });
  const happen = (...types: string[]) => {
    const facts = types.map((type) => ({
      event: { time: 0, type, mission: type.startsWith("b.") ? "b" : "a", attempt: null, data: {} },
    }));
    for (const event of store.record(facts)) bus.publish(event);
  };
  const leaving = new AbortController();
  const read = (filter: { since?: number; mission?: string; type?: string; follow?: boolean } = {}) =>
    eventStream({ follow: false, ...filter, signal: leaving.signal }, store.events, bus);
  return { happen, read, leave: () => leaving.abort() };
}

async function typesOf(stream: AsyncIterable<{ type: string }>): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of stream) types.push(type);
  return types;
}

describe("the events of the past", () => {
  it("come in order and end", async () => {
    const { happen, read } = openLog();
    happen("a.1", "b.2", "a.3");
    expect(await typesOf(read())).toEqual(["a.1", "b.2", "a.3"]);
    expect(await typesOf(read({ since: 1 }))).toEqual(["b.2", "a.3"]);
    expect(await typesOf(read({ mission: "a" }))).toEqual(["a.1", "a.3"]);
    expect(await typesOf(read({ type: "*.[23],b.*" }))).toEqual(["b.2"]);
  });

  it("all come when there are more than fit into one reading", async () => {
    const { happen, read } = openLog();
    happen(...Array.from({ length: 1000 }, (_, n) => `a.${n}`));
    expect(await typesOf(read())).toHaveLength(1000);
  });
});

describe("a follower", () => {
  it("sees past and coming events once each, in order, however slowly it reads", async () => {
    const { happen, read, leave } = openLog();
    happen("a.1");
    const stream = read({ follow: true });
    const seen: string[] = [];
    for (let n = 2; n <= 5; n += 1) {
      const { value } = await stream.next();
      seen.push(value?.type ?? "end");
      happen(`a.${n}`, `a.${n}+`);
    }
    leave();
    expect(seen).toEqual(["a.1", "a.2", "a.2+", "a.3"]);
  });

  it("is woken by what happens while it waits", async () => {
    const { happen, read } = openLog();
    const stream = read({ follow: true, mission: "b" });
    const next = stream.next();
    happen("a.1", "b.2");
    expect((await next).value).toMatchObject({ type: "b.2", seq: 2 });
    await stream.return(undefined);
  });

  it("that leaves is let go", async () => {
    const { read, leave } = openLog();
    const stream = read({ follow: true });
    const next = stream.next();
    leave();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
