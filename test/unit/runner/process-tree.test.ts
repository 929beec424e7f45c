import { describe, expect, it } from "vitest";
import type { SweepSubject } from "../../../src/runner/find-leftovers.ts";
import type { ProcessStat } from "../../../src/runner/identity.ts";
import type { ProcessMarkers } from "../../../src/runner/process-table.ts";
import { ProcessForest } from "../../../src/runner/process-tree.ts";
import { measureTrees } from "../../../src/runner/tree-usage.ts";

const shim = 100;
const agent = 101;
const subject: SweepSubject = {
  mission: "mine",
  home: "/home",
  shim: { pid: shim, start: "1" },
  agent: { pid: agent, start: "2" },
  isSessionTrusted: true,
};

interface Row extends Partial<ProcessStat> {
  readonly pid: number;
  readonly markers?: Partial<ProcessMarkers>;
}

function forestOf(rows: readonly Row[]) {
  const all: Row[] = [{ pid: shim, start: "1", parent: 1, markers: { daemon: "/home" } }, ...rows];
  const asked: number[] = [];
  const table = all.map((row) => ({ name: "x", state: "S", parent: 1, group: row.pid, session: row.pid, start: "9", ...row }));
  const markersOf = (pid: number) => {
    asked.push(pid);
    return { daemon: null, mission: null, home: null, ...all.find((row) => row.pid === pid)?.markers };
  };
  return { forest: new ProcessForest(table, { ownPid: 50, markersOf }), asked };
}

const running: Row = { pid: agent, start: "2", parent: shim, session: agent };

describe("an attempt's tree", () => {
  it.each<[string, Row[], number[]]>([
    ["is the agent alone at first, without its shim", [running], [agent]],
    ["holds children and their children", [running, { pid: 7, parent: agent }, { pid: 8, parent: 7 }], [agent, 7, 8]],
    [
      "holds what left its session and lost its parent, since the shim adopts it",
      [running, { pid: 7, parent: shim }],
      [agent, 7],
    ],
    ["holds its session after the agent's end", [{ pid: 7, session: agent }], [7]],
    ["leaves out zombies", [running, { pid: 7, parent: agent, state: "Z" }], [agent]],
    ["leaves out others", [running, { pid: 7 }, { pid: 50, parent: agent }], [agent]],
    [
      "leaves out a daemon that was started from it, and all below that",
      [running, { pid: 7, parent: shim, markers: { daemon: "/other" } }, { pid: 8, parent: 7 }],
      [agent],
    ],
    ["leaves out another mission", [running, { pid: 7, parent: agent, markers: { mission: "other", home: "/home" } }], [agent]],
  ])("%s", (_, rows, expected) => {
    const pids = forestOf(rows)
      .forest.treeOf(subject)
      .map(({ pid }) => pid);
    expect(pids.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
  });

  it("is empty when the agent's number is somebody else's by now", () => {
    const { forest } = forestOf([{ pid: agent, start: "77", session: agent, parent: 1 }]);
    expect(forest.treeOf({ ...subject, shim: null, isSessionTrusted: false })).toEqual([]);
  });

  it("is found without reading the environments of others", () => {
    const { forest, asked } = forestOf([running, { pid: 7, parent: agent }, { pid: 8 }, { pid: 9 }]);
    forest.treeOf(subject);
    expect(asked).toEqual([7]);
  });
});

describe("what trees use", () => {
  it("is the sum of their processes, and the time of orphans that the shim waited for", async () => {
    const { forest } = forestOf([running, { pid: 7, parent: agent }]);
    const key = { subject: () => subject };
    const usage = new Map([
      [shim, { cpuMs: 1000, memoryBytes: 5 }],
      [agent, { cpuMs: 20, memoryBytes: 100 }],
      [7, { cpuMs: 3, memoryBytes: 1000 }],
    ]);
    const found = await measureTrees([key], forest, async () => usage);
    expect(found.get(key)).toMatchObject({ cpuMs: 1023, memoryBytes: 1100 });
  });
});
