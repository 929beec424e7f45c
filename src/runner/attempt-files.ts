import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { OvermindError } from "../base/errors.ts";
import type { AttemptPaths } from "../base/paths.ts";
import type { HostIdentity, ProcessIdentity } from "./identity.ts";

/** Who owns an attempt, as its claim file tells. */
export interface Claim {
  /** Null when the claim is not a shim's: recovery took it, or the disk was full. */
  readonly host: HostIdentity | null;
  readonly shim: ProcessIdentity | null;
  readonly agent: ProcessIdentity | null;
  /** Whether orphans of the agent become children of the shim. */
  readonly isSubreaper: boolean;
}

/** How an attempt ended, as its exit file tells. */
export interface ExitFile {
  readonly kind: "exited" | "spawn_error";
  /** As a shell shows it: 128+n for signal n. */
  readonly code: number;
  /** Null unless a signal ended the agent. */
  readonly signal: string | null;
  /** Epoch ms. */
  readonly endedAt: number;
  /** Whether the shim saw that nothing of the attempt was left. */
  readonly isClean: boolean;
  /** Why a start failed; empty otherwise. */
  readonly message: string;
}

/** Reads the exit file. Null while it is not whole: absent, `pending`, or without its newline. */
export function readExit(paths: AttemptPaths): ExitFile | null {
  const text = readText(paths.exit);
  return text === null ? null : parseExit(text);
}

export function parseExit(text: string): ExitFile | null {
  const match = /^(\d+) (\d+|-) (\d+) (clean|left|spawn_error)(?: ([^\n]*))?\n$/.exec(text);
  if (match === null) return null;
  const [, code, signal = "-", endedAt, state, message = ""] = match;
  return {
    kind: state === "spawn_error" ? "spawn_error" : "exited",
    code: Number(code),
    signal: signalNamed(signal),
    endedAt: Number(endedAt),
    isClean: state !== "left",
    message: message.trim(),
  };
}

/** Reads the claim file; null when nobody claimed the attempt. */
export function readClaim(paths: AttemptPaths): Claim | null {
  const text = readText(paths.claim);
  return text === null ? null : parseClaim(text);
}

export function parseClaim(text: string): Claim {
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const boot = /^boot (\S+) (\S+)$/m.exec(whole);
  const shim = /^shim (\d+) (\S+) (\S+)$/m.exec(whole);
  const agent = /^agent (\d+) (\S+)$/m.exec(whole);
  return {
    host: boot ? { boot: boot[1] ?? "", namespace: boot[2] ?? "" } : null,
    shim: shim ? { pid: Number(shim[1]), start: shim[2] ?? "" } : null,
    agent: agent ? { pid: Number(agent[1]), start: agent[2] ?? "" } : null,
    isSubreaper: shim?.[3] === "subreaper",
  };
}

/**
 * Claims an attempt for recovery: no shim that comes late will run it. False when somebody was
 * first, or when its directory is gone, in which no shim can claim it either.
 *
 * @throws OvermindError home_unusable when the file cannot be made for another reason
 */
export function takeClaim(paths: AttemptPaths): boolean {
  try {
    const file = openSync(paths.claim, "wx", 0o600);
    try {
      writeSync(file, `recovery ${process.pid}\n`);
    } finally {
      closeSync(file);
    }
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOENT") return false;
    // The empty file is a claim too: that its words did not fit changes nothing.
    if (code === "ENOSPC" && readText(paths.claim) !== null) return true;
    throw new OvermindError("home_unusable", `cannot write ${paths.claim}`, { cause: error });
  }
}

/** The name of a signal by its number in a file or fact; `-` is none. */
export function signalNamed(number: string): string | null {
  if (number === "-") return null;
  const name = Object.entries(constants.signals).find(([, value]) => value === Number(number))?.[0];
  // Linux counts the real-time signals from 34 (signal(7), glibc).
  return name ?? (Number(number) >= 34 ? `SIGRTMIN+${Number(number) - 34}` : `SIG${number}`);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
