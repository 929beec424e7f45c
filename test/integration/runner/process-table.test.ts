import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { commandOf, parsePs, psArguments, psEnvironment, readProcessTable } from "../../../src/runner/process-table.ts";

describe("the process table", () => {
  it("read from /proc and from ps says the same of this process", () => {
    const fromPs = parsePs(execFileSync("ps", [...psArguments], { encoding: "latin1", env: psEnvironment }));
    const fromProc = readProcessTable();
    const own = (table: typeof fromProc) => table.find(({ pid }) => pid === process.pid);
    const { parent, group, session } = own(fromProc) ?? {};
    expect(own(fromPs)).toMatchObject({ parent, group, session });
    expect(fromPs.length).toBeGreaterThan(1);
  });

  it("names what a process runs", () => {
    const own = readProcessTable().find(({ pid }) => pid === process.pid);
    expect(own && commandOf(own)).toContain("node");
  });
});
