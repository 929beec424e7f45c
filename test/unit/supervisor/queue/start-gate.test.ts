import { describe, expect, it } from "vitest";
import { StartGate } from "../../../../src/supervisor/queue/start-gate.ts";

function scene(order: readonly string[] = ["a", "b", "c"]) {
  const gate = new StartGate(() => order);
  const started: string[] = [];
  const arrive = (id: string) => gate.arrive(id, () => started.push(id));
  const begin = (...ids: string[]) => {
    for (const id of ids) gate.began(id);
  };
  return { gate, started, arrive, begin };
}

describe("a start gate", () => {
  it("lets everybody through who is not awaited", () => {
    const { gate, started, arrive } = scene();
    arrive("a");
    gate.close(["b", "c"]);
    arrive("a");
    expect(started).toEqual(["a", "a"]);
  });

  it("keeps all until the last has come, then starts them in order, each once the one before has", () => {
    const { gate, started, arrive, begin } = scene();
    gate.close(["a", "b", "c"]);
    arrive("c");
    arrive("b");
    expect(started).toEqual([]);
    expect([gate.holds("b"), gate.holds("a")]).toEqual([true, false]);
    arrive("a");
    expect(started).toEqual(["a"]);
    begin("c");
    expect(started).toEqual(["a"]);
    begin("a", "b", "c");
    expect(started).toEqual(["a", "b", "c"]);
  });

  it("waits no longer for one that has ended", () => {
    const { gate, started, arrive, begin } = scene();
    gate.close(["a", "b", "c"]);
    arrive("a");
    arrive("b");
    gate.forget("a");
    expect(started).toEqual([]);
    gate.forget("c");
    expect(started).toEqual(["b"]);
    begin("b");
    expect(started).toEqual(["b"]);
  });

  it("passes over one that was taken back, or ended, before its turn", () => {
    const { gate, started, arrive, begin } = scene(["a", "b", "c", "d"]);
    gate.close(["a", "b", "c", "d"]);
    arrive("a");
    const takeBack = arrive("b");
    arrive("c");
    arrive("d");
    takeBack();
    gate.forget("c");
    begin("a");
    expect(started).toEqual(["a", "d"]);
  });

  it("goes on when the one whose turn it is ends instead of starting", () => {
    const { gate, started, arrive } = scene();
    gate.close(["a", "b"]);
    arrive("a");
    arrive("b");
    gate.forget("a");
    expect(started).toEqual(["a", "b"]);
  });

  it("that closes again takes along whoever has not started yet", () => {
    const { gate, started, arrive, begin } = scene();
    gate.close(["a", "b", "c"]);
    for (const id of ["a", "b", "c"]) arrive(id);
    gate.close(["a"]);
    begin("a");
    expect(started).toEqual(["a"]);
    arrive("a");
    begin("a", "b");
    expect(started).toEqual(["a", "a", "b", "c"]);
  });

  it("that is shut starts nobody, until it opens", () => {
    const { gate, started, arrive } = scene();
    gate.close(["a", "b"]);
    arrive("a");
    gate.shut();
    arrive("b");
    gate.forget("b");
    arrive("c");
    expect(started).toEqual([]);
    gate.open();
    arrive("b");
    expect(started).toEqual(["b"]);
  });

  it("keeps the later of two that come under one name when the former is taken back", () => {
    const { gate, started, arrive } = scene();
    gate.close(["a", "b"]);
    const takeBack = arrive("a");
    arrive("a");
    takeBack();
    arrive("b");
    expect(started).toEqual(["a"]);
  });
});
