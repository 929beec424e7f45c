import { describe, expect, it } from "vitest";
import { textWidth } from "../../../src/base/text-width.ts";
import { availableTable } from "../../../src/commands/available/available-table.ts";
import type { AvailableAgent } from "../../../src/commands/available/find-agents.ts";

const claude: AvailableAgent = {
  provider: "claude",
  available: true,
  needs_command: false,
  program: "/home/somebody/.local/bin/claude",
  version: "2.1.329",
  session: "json lines",
  resume: true,
  streams: { task: true, session: true },
  asks: { task: true, session: true },
  interrupt: true,
  confirms_messages: true,
  queues_messages: true,
  usage: "per turn",
  cost: true,
  attach: true,
  flags: ["model", "permission-mode", "allow-tool"],
};

describe("the table of agents", () => {
  it("tells everything where there is room, and where no terminal is", () => {
    const text = availableTable([claude], null);
    expect(text).toContain("permission-mode");
    expect(availableTable([claude], 250)).toBe(text);
  });

  it("tells on a narrow terminal what is installed and where, and how to see the rest", () => {
    const lines = availableTable(
      [claude, { ...claude, provider: "codex", available: false, version: null, program: null }],
      80,
    ).split("\n");
    expect(lines[0]?.split(/ +/)).toEqual(["PROVIDER", "VERSION", "RESUME", "ATTACH", "PROGRAM"]);
    expect(lines[1]).toContain("/home/somebody/.local/bin/claude");
    expect(lines[2]).toMatch(/^codex +not found/);
    expect(lines.at(-1)).toContain("--json");
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(80);
  });
});
