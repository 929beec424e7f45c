import { describe, expect, it } from "vitest";
import { textWidth } from "../../../src/base/text-width.ts";
import { formatBytes, topTable } from "../../../src/commands/top/top-table.ts";
import type { TopRow } from "../../../src/protocol/top.ts";

const row = (changes: Partial<TopRow> = {}): TopRow => ({
  id: "a2345678",
  name: "calm-otter",
  status: "running",
  os_pid: 7,
  cpu_percent: 12.34,
  memory_bytes: 3_500_000,
  processes: 2,
  uptime_ms: 61_000,
  restart_count: 1,
  tokens: null,
  cost: null,
  command: "npm test",
  ...changes,
});
const view = (...missions: TopRow[]) => ({ time: "2026-01-31T12:00:00.000Z", missions });
const plain = { columns: null, rows: null, hasColor: false };

describe("the table of top", () => {
  it("keeps tokens and cost whole on a narrow terminal, and gives up restarts and processes for them", () => {
    const [head = "", line = ""] = topTable(view(row({ tokens: 123_456, cost: 12.5 })), { ...plain, columns: 80 }).split("\n");
    expect(head).toContain("TOKENS   COST  COMMAND");
    expect(head).not.toContain("RESTARTS");
    expect(line).toContain("123456  12.50  npm test");
  });

  it("shows a line a mission, what is not known as -", () => {
    const waiting = row({
      id: "b2345678",
      name: "w",
      status: "restarting",
      cpu_percent: null,
      memory_bytes: null,
      processes: null,
    });
    expect(topTable(view(row(), waiting), plain).split("\n")).toEqual([
      "ID        NAME        STATUS      CPU%  MEMORY  PROCS  UPTIME  RESTARTS  TOKENS  COST  COMMAND",
      "a2345678  calm-otter  running     12.3    3.3M      2   1m01s         1       -     -  npm test",
      "b2345678  w           restarting     -       -      -   1m01s         1       -     -  npm test",
    ]);
  });

  it.each([40, 80, 100, 200])("fits %i columns", (columns) => {
    const long = row({ name: "n".repeat(60), command: `echo ${"x".repeat(300)}`, uptime_ms: 9e9, restart_count: 12_345 });
    for (const line of topTable(view(long, row()), { ...plain, columns }).split("\n"))
      expect(textWidth(line)).toBeLessThanOrEqual(columns);
  });

  it("gives the room of empty columns to the command at 80 columns", () => {
    expect(topTable(view(row({ command: "npm run build" })), { ...plain, columns: 80 })).toMatch(/ npm run/);
  });

  it("says how many missions the screen has no line for", () => {
    const many = Array.from({ length: 30 }, (_, index) => row({ id: `id${index}` }));
    const lines = topTable(view(...many), { ...plain, columns: 80, rows: 10 }).split("\n");
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe("… and 22 more");
  });

  it("lets no name or command steer the terminal", () => {
    const table = topTable(view(row({ name: "a\u001b[2Jb", command: "echo\nx" })), plain);
    expect([table.includes("\u001b"), table.split("\n").length]).toEqual([false, 2]);
  });
});

describe("bytes for a person", () => {
  it.each([
    [0, "0"],
    [1023, "1023"],
    [1024, "1K"],
    [999 * 1024, "999K"],
    [1024 * 1024, "1.0M"],
    [150 * 1024 * 1024, "150M"],
    [1.5 * 1024 ** 3, "1.5G"],
    [2 * 1024 ** 4, "2.0T"],
  ])("%i is %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
