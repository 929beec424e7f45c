import { writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { OvermindError } from "../base/errors.ts";
import { fileProblem } from "../base/file-problem.ts";
import { usualFile } from "./blueprint/blueprint-file.ts";
import { firstBlueprint } from "./blueprint/first-blueprint.ts";
import { type Command, commandLine } from "./command.ts";

export const command: Command = {
  name: "init",
  summary: `Write a first ${usualFile}`,
  group: "Blueprints",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "answer as JSON" } },
    positionals: { usage: "[FILE]", summary: `where to; ${usualFile} here otherwise`, least: 0, most: 1 },
    description: "It runs as it is, and its comments show what else a blueprint can say. Never overwrites a file.",
    examples: [["overmind init && overmind plan", "a first blueprint, and what it would do"]],
    needs: "nothing",
    async run(context, { flags, positionals: [file = usualFile] }) {
      write(file);
      await context.screen.line(
        flags.json ? JSON.stringify({ path: resolve(file) }) : `Wrote ${file}. See what it would do: overmind plan ${file}`,
      );
      return 0;
    },
  }),
};

function write(file: string): void {
  try {
    writeFileSync(file, firstBlueprint, { flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const exists = code === "EEXIST";
    const problem = code === "ENOENT" ? `there is no directory ${dirname(file)}` : fileProblem(error);
    throw new OvermindError("invalid_argument", exists ? `${file} is there already` : `${file} cannot be written: ${problem}`, {
      details: { field: "FILE" },
      cause: error,
      ...(exists && { hint: "Choose another name: overmind init team.toml" }),
    });
  }
}
