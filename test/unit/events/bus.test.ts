import { describe, expect, it } from "vitest";
import { EventBus } from "../../../src/events/bus.ts";
import type { EventView } from "../../../src/protocol/messages.ts";

const event = (seq: number, mission: string | null): EventView => ({
  seq,
  mission,
  time: "",
  type: "mission.started",
  attempt: 1,
  data: {},
});

function listening(topic: string) {
  const errors: unknown[] = [];
  const bus = new EventBus((error) => errors.push(error));
  const heard: number[] = [];
  const stop = bus.on(topic, ({ seq }) => heard.push(seq));
  return { bus, heard, stop, errors };
}

describe("a listener", () => {
  it("to one mission hears of that one alone", () => {
    const { bus, heard } = listening("a");
    for (const [seq, mission] of [
      [1, "a"],
      [2, "b"],
      [3, null],
      [4, "a"],
    ] as const)
      bus.publish(event(seq, mission));
    expect(heard).toEqual([1, 4]);
  });

  it("to all hears everything in order", () => {
    const { bus, heard } = listening("*");
    for (const [seq, mission] of [
      [1, "a"],
      [2, null],
      [3, "b"],
    ] as const)
      bus.publish(event(seq, mission));
    expect(heard).toEqual([1, 2, 3]);
  });

  it("that stopped hears nothing more, and may stop twice", () => {
    const { bus, heard, stop } = listening("a");
    stop();
    stop();
    bus.publish(event(1, "a"));
    expect(heard).toEqual([]);
  });

  it("is still heard when an old one of the same mission stops a second time", () => {
    const { bus, stop } = listening("a");
    stop();
    const heard: number[] = [];
    bus.on("a", ({ seq }) => heard.push(seq));
    stop();
    bus.publish(event(1, "a"));
    expect(heard).toEqual([1]);
  });

  it("that throws harms nobody else", () => {
    const { bus, errors } = listening("a");
    bus.on("a", () => {
      throw new Error("no");
    });
    const heard: number[] = [];
    bus.on("a", ({ seq }) => heard.push(seq));
    bus.publish(event(1, "a"));
    expect(heard).toEqual([1]);
    expect(errors).toHaveLength(1);
  });

  it("that comes or goes while an event is told disturbs no other", () => {
    const { bus, heard } = listening("a");
    const late: number[] = [];
    const stop = bus.on("a", () => {
      stop();
      bus.on("a", ({ seq }) => late.push(seq));
    });
    bus.publish(event(1, "a"));
    bus.publish(event(2, "a"));
    expect(heard).toEqual([1, 2]);
    expect(late).toEqual([2]);
  });
});
