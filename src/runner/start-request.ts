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
  /** The size of the agent's terminal; null: it has none. */
  readonly terminal: TerminalSize | null;
}

/**
 * The request as the zygote reads it.
 *
 * @param terminal the agent's, once it is open
 * @throws OvermindError invalid_argument when a word holds a NUL, which no command line can
 */
export function frameStart(request: StartRequest, terminal: OpenTerminal | null): Buffer {
  const { mission, attempt, paths, cwd, command, argv, umask, nofile, nice, stdin } = request;
  const words = argv ?? ["/bin/sh", "-c", command];
  const numbers = [umask, nofile, nice].map((number) => (number === null ? "" : String(number)));
  const fields = [
    "start",
    mission,
    String(attempt),
    paths.attempt(attempt).directory,
    paths.environment,
    cwd,
    ...numbers,
    stdin,
    terminal === null ? "" : `${terminal.path} ${terminal.type} ${terminal.mark}`,
    ...words,
  ];
  const faulty = fields.findIndex((field) => field.includes("\0"));
  if (faulty >= 0)
    throw new OvermindError("invalid_argument", "a command line cannot hold a NUL", { details: { field: "command" } });
  return frameRequest(fields);
}
