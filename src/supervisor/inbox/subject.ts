import { posix } from "node:path";

/** What a request is about, as rules match it and people read it. */
export interface Subject {
  readonly kind: "command" | "path" | "json";
  readonly text: string;
}

const pathKeys = ["file_path", "filePath", "notebook_path", "path", "filename"];

/**
 * The command line where the tool runs one, else the path it works on, else its input as JSON. A
 * path is told without its `..`, so that nobody gets out of `src/*` by `src/../../etc`.
 */
export function subjectOf(tool: string, input: unknown): Subject {
  const fields = typeof input === "object" && input !== null ? (input as Readonly<Record<string, unknown>>) : {};
  const command = commandOf(tool, fields);
  if (command !== null) return { kind: "command", text: unwrapped(command) };
  const path = pathKeys.map((key) => fields[key]).find((value) => typeof value === "string" && value !== "");
  if (path !== undefined) return { kind: "path", text: posix.normalize(path as string) };
  return { kind: "json", text: JSON.stringify(input) ?? "null" };
}

function commandOf(tool: string, fields: Readonly<Record<string, unknown>>): string | null {
  const { command, title } = fields;
  if (typeof command === "string") return command;
  if (Array.isArray(command) && command.length > 0 && command.every((word) => typeof word === "string")) return command.join(" ");
  // Some agents give the command line of what they want to run only as its title.
  const isAlone = typeof title === "string" && Object.keys(fields).length === 1;
  return tool === "execute" && isAlone ? title : null;
}

/** `/bin/bash -lc 'npm test'` is how some agents say `npm test`. Unquoted only where nothing has to be understood. */
const unwrapped = (command: string): string =>
  /^(?:\/(?:usr\/)?bin\/)?(?:ba|z|da)?sh -l?c '([^']*)'$/.exec(command)?.[1] ?? command;
