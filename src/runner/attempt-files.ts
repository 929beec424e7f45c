import { closeSync, existsSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { OvermindError } from "../base/errors.ts";
import type { AttemptPaths } from "../base/paths.ts";
import { isShortage } from "../base/shortage.ts";
import type { HostIdentity, ProcessIdentity } from "./identity.ts";

/** Who owns an attempt, as its record tells. */
export interface Claim {
  /** Null when the claim is not a shim's: recovery took it, or the disk was full. */
  readonly host: HostIdentity | null;
  readonly shim: ProcessIdentity | null;
  readonly agent: ProcessIdentity | null;
  /** Whether orphans of the agent become children of the shim. */
  readonly isSubreaper: boolean;
  /** When it was claimed; null where that is not told. */
  readonly begun: { readonly sinceBootMs: number | null; readonly time: number } | null;
}

/** How an attempt ended, as its record tells. */
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

// The part of a record that tells the end; the claim follows it.
const exitBytes = 128;

/**
 * Reads how it ended. Null while that is not whole: absent, `pending`, or without its newline.
 *
 * @throws a shortage (`isShortage`): then it may have
 */
export function readExit(paths: AttemptPaths): ExitFile | null {
  const bytes = readBytes(paths.record)?.subarray(0, exitBytes) ?? (paths.former && readBytes(paths.former.exit));
  return bytes ? parseExit(bytes.toString()) : null;
}

// Numbers are bounded: longer ones are no whole numbers any more, which no row could hold.
export function parseExit(text: string): ExitFile | null {
  const match = /^(\d{1,9}) (\d+|-) (\d{1,15}) (clean|left|spawn_error)(?: ([^\n]*))?\n$/.exec(text);
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

/**
 * Reads who claimed the attempt; null when nobody did.
 *
 * @throws a shortage (`isShortage`): then somebody may have
 */
export function readClaim(paths: AttemptPaths): Claim | null {
  const text = claimText(paths);
  return text === null ? null : parseClaim(text);
}

/** As `readClaim`, but null too where it cannot be read just now. */
export function glimpseClaim(paths: AttemptPaths): Claim | null {
  try {
    return readClaim(paths);
  } catch {
    return null;
  }
}

/** Whether somebody claimed the attempt, said who or not. */
export function isClaimed({ record, former }: AttemptPaths): boolean {
  return existsSync(record) || (former !== null && existsSync(former.claim));
}

/** Whether recovery claimed the attempt, so that it never ran. */
export function isClaimedByRecovery(paths: AttemptPaths): boolean {
  return claimText(paths)?.startsWith("recovery ") === true;
}

/** When the attempt was claimed, by the wall clock of then: epoch ms, or null when nobody claimed it. */
export function claimedAt(paths: AttemptPaths): number | null {
  const told = readClaim(paths)?.begun;
  if (told) return told.time;
  const file = paths.former && statSync(paths.former.claim, { throwIfNoEntry: false });
  return file ? Math.round(file.mtimeMs) : null;
}

export function parseClaim(text: string): Claim {
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const boot = /^boot (\S+) (\S+)$/m.exec(whole);
  const shim = /^shim (\d{1,9}) (\S+) (\S+)$/m.exec(whole);
  const agent = /^agent (\d{1,9}) (\S+)$/m.exec(whole);
  const begun = /^begun (\d{1,15}|-) (\d{1,15})$/m.exec(whole);
  return {
    host: boot ? { boot: boot[1] ?? "", namespace: boot[2] ?? "" } : null,
    shim: shim ? { pid: Number(shim[1]), start: shim[2] ?? "" } : null,
    agent: agent ? { pid: Number(agent[1]), start: agent[2] ?? "" } : null,
    isSubreaper: shim?.[3] === "subreaper",
    begun: begun ? { sinceBootMs: begun[1] === "-" ? null : Number(begun[1]), time: Number(begun[2]) } : null,
  };
}

/**
 * Claims an attempt for recovery: no shim that comes late will run it. False when somebody was
 * first, or when its directory is gone, in which no shim can claim it either.
 *
 * @throws OvermindError home_unusable when the file cannot be made for another reason
 */
export function takeClaim({ record, former }: AttemptPaths): boolean {
  const words = `recovery ${process.pid}\n`;
  // A shim of a former version, should one come late, knows only the former name.
  return (former === null || makeClaim(former.claim, words)) && makeClaim(record, `${"pending".padEnd(exitBytes)}${words}`);
}

function makeClaim(path: string, text: string): boolean {
  try {
    const file = openSync(path, "wx", 0o600);
    try {
      writeSync(file, text);
    } finally {
      closeSync(file);
    }
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOENT") return false;
    // The empty file is a claim too: that its words did not fit changes nothing.
    if (code === "ENOSPC" && existsSync(path)) return true;
    throw new OvermindError("home_unusable", `cannot write ${path}`, { cause: error });
  }
}

/** The name of a signal by its number in a file or fact; `-` is none. */
export function signalNamed(number: string): string | null {
  if (number === "-") return null;
  const name = Object.entries(constants.signals).find(([, value]) => value === Number(number))?.[0];
  // Linux counts the real-time signals from 34 (signal(7), glibc).
  return name ?? (Number(number) >= 34 ? `SIGRTMIN+${Number(number) - 34}` : `SIG${number}`);
}

function claimText({ record, former }: AttemptPaths): string | null {
  const bytes = readBytes(record)?.subarray(exitBytes) ?? (former && readBytes(former.claim));
  return bytes?.toString() ?? null;
}

/** Null: it is not there. What could not be read for want of descriptors may be: that is thrown. */
function readBytes(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isShortage(error)) throw error;
    return null;
  }
}
