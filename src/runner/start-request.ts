import { OvermindError } from "../base/errors.ts";
import type { MissionPaths } from "../base/paths.ts";
import type { OpenTerminal, TerminalSize } from "./terminal.ts";
import { frameRequest } from "./zygote.ts";

export interface StartRequest {
  readonly mission: string;
  readonly attempt: number;
  /** The mission's directory and environment file have to exist. */
  readonly paths: MissionPaths;
  /** Absolute. */
  readonly cwd: string;
  /** A shell line; not looked at when there is an `argv`. */
  readonly command: string;
  readonly argv: readonly string[] | null;
  readonly umask: number | null;
  /** Soft limit of open descriptors. */
  readonly nofile: number | null;
  /** Absolute niceness. */
  readonly nice: number | null;
  readonly stdin: "open" | "null";
  /** Bytes that all its processes together may use. */
  readonly memoryMax?: number | null;
  /** The size of the agent's terminal; null: it has none. */
  readonly terminal: TerminalSize | null;
}

export interface StartPlace {
  readonly group: string | null;
  readonly terminal: OpenTerminal | null;
}

/**
 * The request as the zygote reads it.
 *
 * @param place where the agent is put: the directory of a cgroup, null: it stays in the shim's; its terminal, once that is open
 * @throws OvermindError invalid_argument when a word holds a NUL, which no command line can
 */
export function frameStart(request: StartRequest, { group, terminal }: StartPlace): Buffer {
  const { mission, attempt, paths, cwd, command, argv, umask, nofile, nice, stdin } = request;
  const words = argv ?? ["/bin/sh", "-c", command];
  const numbers = [umask, nofile, nice].map((number) => (number === null ? "" : String(number)));
  const fields = [
    "start",
    mission,
    String(attempt),
    paths.attempt(attempt).prefix,
    paths.environment,
    cwd,
    ...numbers,
    stdin,
    terminal === null ? "" : `${terminal.path} ${terminal.type} ${terminal.mark}`,
    group ?? "",
    ...words,
  ];
  const faulty = fields.findIndex((field) => field.includes("\0"));
  if (faulty >= 0)
    throw new OvermindError("invalid_argument", "a command line cannot hold a NUL", { details: { field: "command" } });
  return frameRequest(fields);
}
