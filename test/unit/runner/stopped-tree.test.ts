import { describe, expect, it } from "vitest";
import type { ProcessStat } from "../../../src/runner/identity.ts";
import { StoppedTree } from "../../../src/runner/stopped-tree.ts";

/** Processes below a shim; `born` tells which of them starts which other before it is stopped. */
function tree(names: Readonly<Record<number, string>>, born: Readonly<Record<number, number>> = {}) {
  const sent: string[] = [];
  const alive = new Set(Object.keys(names).map(Number));
  const stopped = new Set<number>();
  for (const child of Object.values(born)) alive.delete(child);
  const rowOf = (pid: number): ProcessStat => ({
    pid,
    name: names[pid] ?? "",
    state: "S",
    parent: 100,
    group: pid,
    session: pid,
    start: "1",
  });
  const shim: ProcessStat = { pid: 100, name: "shim", state: "S", parent: 1, group: 100, session: 100, start: "1" };
  const processes = {
    ownPid: 2,
    markersOf: () => ({ daemon: null, mission: null, home: null }),
    table: async () => {
      const seen = [shim, ...[...alive].map(rowOf)];
      for (const [parent, child] of Object.entries(born)) if (!stopped.has(Number(parent))) alive.add(child);
      return seen;
    },
    isRunning: () => true,
    commandOf: ({ name }: ProcessStat) => name,
    signal: ({ pid }: { pid: number }, signal: string) => {
      sent.push(`${pid} ${signal}`);
      if (signal === "SIGSTOP") stopped.add(pid);
      else stopped.delete(pid);
      return true;
    },
  };
  const subject = () => ({ mission: "m", home: "/h", shim, agent: { pid: 5, start: "1" }, isSessionTrusted: true });
  return { sent, stopped, alive, tree: new StoppedTree({ processes, subject }, () => ["gpg-agent"]) };
}

describe("a tree", () => {
  it("is stopped with all that is born while it is looked at, each process once", async () => {
    const world = tree({ 5: "agent", 6: "tool", 7: "late" }, { 6: 7 });
    await world.tree.set(true);
    expect(world.sent).toEqual(["5 SIGSTOP", "6 SIGSTOP", "7 SIGSTOP"]);
  });

  it("goes on whole", async () => {
    const world = tree({ 5: "agent", 6: "tool" });
    await world.tree.set(true);
    await world.tree.set(false);
    expect([world.sent.slice(2), world.stopped.size]).toEqual([["5 SIGCONT", "6 SIGCONT"], 0]);
  });

  it("that was never stopped is not even looked at", async () => {
    const world = tree({ 5: "agent" });
    await world.tree.set(false);
    expect(world.sent).toEqual([]);
  });

  it("does what it was told last, however fast orders come", async () => {
    const world = tree({ 5: "agent", 6: "tool" });
    for (const isStopped of [true, false, true, false]) void world.tree.set(isStopped);
    await world.tree.set(false);
    expect(world.stopped).toEqual(new Set());
    for (const isStopped of [true, false]) void world.tree.set(isStopped);
    await world.tree.set(true);
    expect(world.stopped).toEqual(new Set([5, 6]));
  });

  it("leaves alone what others share", async () => {
    const world = tree({ 5: "agent", 6: "gpg-agent" });
    await world.tree.set(true);
    expect(world.stopped).toEqual(new Set([5]));
  });
});
