import { describe, expect, it } from "vitest";
import { findLeftovers, type SweepSubject } from "../../../src/runner/find-leftovers.ts";
import type { ProcessStat } from "../../../src/runner/identity.ts";
import type { ProcessMarkers } from "../../../src/runner/process-table.ts";

const shim = 100;
const agent = 101;
const subject: SweepSubject = {
  mission: "mine",
  home: "/home",
  shim: { pid: shim, start: "1" },
  agent: { pid: agent, start: "2" },
  isSessionTrusted: true,
};
const mine = { mission: "mine", home: "/home" };

interface Row extends Partial<ProcessStat> {
  readonly pid: number;
  readonly markers?: Partial<ProcessMarkers>;
}

/** Pids found among the shim, what else runs on every machine, and `rows`. */
function found(rows: readonly Row[], changes: Partial<SweepSubject> = {}): number[] {
  const all: Row[] = [
    { pid: 1 },
    { pid: 50, markers: mine },
    { pid: shim, start: "1", parent: 1, markers: { daemon: "/home" } },
    ...rows,
  ];
  const table = all.map((row) => ({ name: "x", state: "S", parent: 1, group: row.pid, session: row.pid, start: "9", ...row }));
  const markersOf = (pid: number) => ({
    daemon: null,
    mission: null,
    home: null,
    ...all.find((row) => row.pid === pid)?.markers,
  });
  return findLeftovers(table, { ...subject, ...changes }, { ownPid: 50, markersOf }).map((process) => process.pid);
}

describe("what belongs to an attempt", () => {
  it.each<[string, Row[], number[]]>([
    ["its session", [{ pid: 7, session: agent }], [7]],
    ["the session of its shim, which is that of its terminal", [{ pid: 7, session: shim }], [7]],
    ["its process group", [{ pid: 7, group: agent }], [7]],
    ["an orphan that the shim adopted, with a session and environment of its own", [{ pid: 7, parent: shim }], [7]],
    [
      "descendants of what the shim adopted",
      [
        { pid: 7, parent: shim },
        { pid: 8, parent: 7 },
        { pid: 9, parent: 8 },
      ],
      [7, 8, 9],
    ],
    [
      "descendants of the agent",
      [
        { pid: agent, start: "2" },
        { pid: 7, parent: agent },
      ],
      [7],
    ],
    ["bearers of its marker anywhere", [{ pid: 7, markers: mine }], [7]],
  ])("%s", (_, rows, expected) => {
    expect(found(rows)).toEqual(expect.arrayContaining(expected));
  });

  it("includes the agent while it runs", () => {
    expect(found([{ pid: agent, start: "2", session: agent }])).toEqual([agent]);
  });
});

describe("what does not belong to an attempt", () => {
  it.each<[string, Row[]]>([
    ["pid 1, the asking daemon and the shim", []],
    ["a stranger", [{ pid: 7 }]],
    ["a zombie", [{ pid: 7, session: agent, state: "Z", markers: mine }]],
    ["a bearer of the same id from another home", [{ pid: 7, markers: { mission: "mine", home: "/other" } }]],
    ["a bearer of the id without a home", [{ pid: 7, markers: { mission: "mine" } }]],
    [
      "another mission's process, even in its session",
      [{ pid: 7, session: agent, markers: { mission: "other", home: "/home" } }],
    ],
    [
      "a daemon that it started, and what only that leads to",
      [
        { pid: 7, parent: shim, markers: { daemon: "/x" } },
        { pid: 8, parent: 7 },
      ],
    ],
    ["a daemon that bears its marker", [{ pid: 7, markers: { ...mine, daemon: "/x" } }]],
    [
      "what another mission's process started",
      [
        { pid: 7, parent: shim, markers: { mission: "other", home: "/home" } },
        { pid: 8, parent: 7 },
      ],
    ],
    [
      "the session of a process that has the agent's pid by now",
      [
        { pid: agent, start: "77" },
        { pid: 7, session: agent },
      ],
    ],
  ])("%s", (_, rows) => {
    expect(found(rows)).toEqual([]);
  });

  it("a session whose agent this daemon never saw: the number may be somebody else's", () => {
    const rows = [{ pid: 7, session: agent }];
    expect(found(rows, { isSessionTrusted: false })).toEqual([]);
    expect(found([...rows, { pid: agent, start: "2" }], { isSessionTrusted: false })).toEqual(expect.arrayContaining([7]));
  });

  it("children of a process that has the shim's pid by now", () => {
    expect(found([{ pid: 7, parent: shim }], { shim: { pid: shim, start: "other" } })).toEqual([]);
  });

  it("anything by number when agent and shim are unknown", () => {
    expect(found([{ pid: 7, session: agent, parent: shim }], { shim: null, agent: null })).toEqual([]);
  });
});
