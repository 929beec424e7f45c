import { describe, expect, it } from "vitest";
import { isOlder } from "../../../src/cli/is-older.ts";
import { overview } from "../../../src/cli/overview.ts";
import { helpOf } from "../../../src/cli/slow-reader.ts";
import { type Command, type CommandLine, type Flags, groups } from "../../../src/commands/command.ts";
import { loadCommands } from "../../../src/commands/index.ts";

const commands = (await loadCommands()).filter((command) => command.commandLine) as (Command & {
  commandLine: CommandLine<Flags>;
})[];

describe("overmind --help", () => {
  it("names every command once, and fits 80 columns", async () => {
    const text = overview(await loadCommands());
    for (const { name } of commands) expect(text.match(new RegExp(`^  ${name} `, "gm")), name).toHaveLength(1);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(88);
    // One line each, under headings; nothing else grows.
    expect(text.split("\n").length).toBeLessThanOrEqual(commands.length + groups.length + 5);
  });
});

describe.each(commands.map((command) => [command.name, command] as const))("overmind %s --help", (name, command) => {
  it("shows usage, every flag and every example", async () => {
    const text = await helpOf(command, 80);
    expect(text).toContain(`Usage: overmind ${name}`);
    for (const flag of Object.keys(command.commandLine.flags)) expect(text).toContain(`--${flag}`);
    for (const [line] of command.commandLine.examples ?? [])
      expect(text.replace(/\s+/g, " ")).toContain(line.replace(/\s+/g, " "));
    expect(text).toContain("--help");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe("versions", () => {
  it("are compared by number, not by text", () => {
    expect(isOlder("0.9.0", "0.10.0")).toBe(true);
    expect(isOlder("1.0.0", "0.10.0")).toBe(false);
    expect(isOlder("0.1.0", "0.1.0")).toBe(false);
  });
});
