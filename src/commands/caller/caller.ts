import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { OvermindError } from "../../base/errors.ts";

export interface CallerEnvironment {
  readonly env: Record<string, string>;
  /** Entries that are no UTF-8, base64 of `NAME=value`. */
  readonly env_bytes: readonly string[];
}

/** What a mission inherits of the process that asked for it, besides directory and environment. */
export interface CallerLimits {
  readonly umask: number;
  readonly nice: number;
  /** Soft limit of open descriptors; absent where it cannot be read. */
  readonly nofile?: number;
}

/**
 * The caller's environment byte for byte. Node turns invalid UTF-8 into U+FFFD, so the bytes come
 * from /proc where there is one.
 */
export function callerEnvironment(environment: NodeJS.ProcessEnv): CallerEnvironment {
  return splitEnvironment(readOrNull("/proc/self/environ"), environment);
}

/** The rule of `callerEnvironment` on bytes: NUL-separated entries, the first of a name wins (getenv(3)). */
export function splitEnvironment(block: Buffer | null, environment: NodeJS.ProcessEnv): CallerEnvironment {
  if (block === null) return { env: definedOnly(environment), env_bytes: [] };
  if (isUtf8(block)) return { env: fromText(block.toString().split("\0")), env_bytes: [] };
  const entries = splitAtNul(block);
  return {
    env: fromText(entries.filter((entry) => isUtf8(entry)).map(String)),
    env_bytes: entries.filter((entry) => !isUtf8(entry)).map((entry) => entry.toString("base64")),
  };
}

export function callerLimits(): CallerLimits {
  const nofile = callerDescriptorLimit(textOf(`/proc/${process.ppid}/limits`), textOf("/proc/self/limits"));
  return { umask: process.umask(), nice: getPriority(), ...(nofile === undefined ? {} : { nofile }) };
}

/**
 * The soft limit of open descriptors that the caller had (proc_pid_limits(5)). Node raises its own
 * to the hard one at start, so the parent's counts; unless the parent ran this command in its own
 * place with a lower hard limit, which then is ours.
 */
export function callerDescriptorLimit(parent: string, own: string): number | undefined {
  const soft = openFiles(parent)?.[1];
  if (soft === undefined) return undefined;
  return Math.min(Number(soft), Number(openFiles(own)?.[2] ?? soft));
}

const openFiles = (limits: string) => /^Max open files\s+(\d+)\s+(\d+)/m.exec(limits);

/** @throws OvermindError cwd_not_found when the directory was removed under the shell */
export function callerDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new OvermindError("cwd_not_found", "the current directory no longer exists", {
      cause,
      hint: "Change to another directory, or give --cwd.",
    });
  }
}

const textOf = (path: string): string => readOrNull(path)?.toString() ?? "";

function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

const definedOnly = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined));

function fromText(entries: readonly string[]): Record<string, string> {
  const env: Record<string, string> = Object.create(null);
  for (const entry of entries) {
    const at = entry.indexOf("=");
    const name = entry.slice(0, at);
    if (at > 0 && !(name in env)) env[name] = entry.slice(at + 1);
  }
  return env;
}

function splitAtNul(block: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let from = 0; from < block.length; ) {
    const at = block.indexOf(0, from);
    const end = at === -1 ? block.length : at;
    if (end > from) entries.push(block.subarray(from, end));
    from = end + 1;
  }
  return entries;
}
