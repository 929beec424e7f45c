import { type Command, groups } from "../commands/command.ts";

/** `overmind --help`: every command under its heading, one line each. */
export function overview(commands: readonly Command[]): string {
  const shown = commands.filter((command) => command.commandLine !== undefined);
  const width = Math.max(...shown.map((command) => command.name.length));
  const listed = groups.map((group) => {
    const lines = shown
      .filter((command) => command.group === group)
      .map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
    return `${group}\n${lines.join("\n")}`;
  });
  return [
    "Overmind runs AI agents, and any other command, and survives its own death.",
    "Usage: overmind [--no-autostart] COMMAND [flags] [words]",
    "",
    listed.join("\n"),
    "",
    "overmind COMMAND --help tells more. OVERMIND_HOME (~/.overmind) is where all is kept.",
  ].join("\n");
}
