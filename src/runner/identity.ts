import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { isShortage } from "../base/shortage.ts";

/** A process beyond doubt: pids are used again, a pid with its start is not while the machine is up. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As the system tells it: clock ticks since boot, or the words of `ps -o lstart`. Compared for equality only. */
  readonly start: string;
}

/** Where pids mean something: this boot, this pid namespace. */
export interface HostIdentity {
  readonly boot: string;
  /** Inode of the pid namespace; `-` where there are none. */
  readonly namespace: string;
}

export interface ProcessStat extends ProcessIdentity {
  readonly name: string;
  /** One letter as in ps(1): Z is a zombie, D cannot be interrupted. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

export const hasProc: boolean = existsSync("/proc/self/stat");

/** The boot and pid namespace that this process lives in. */
export function hostIdentity(): HostIdentity {
  if (hasProc) {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return { boot, namespace: String(statSync("/proc/self/ns/pid").ino) };
  }
  return { boot: execFileSync("sysctl", ["-n", "kern.bootsessionuuid"], { encoding: "latin1" }).trim(), namespace: "-" };
}

/**
 * Reads the text of /proc/PID/stat (proc_pid_stat(5)). The name stands in parentheses and may hold
 * blanks, parentheses and newlines, so fields count from the last one. Null when it is no such text.
 */
export function parseStat(text: string): ProcessStat | null {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 0 || close < open) return null;
  const fields = text.slice(close + 2).split(" ");
  const [state, parent, group, session] = fields;
  const start = fields[19];
  if (!state || start === undefined || !/^\d+$/.test(start)) return null;
  return {
    pid: Number.parseInt(text, 10),
    name: text.slice(open + 1, close),
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    start,
  };
}

/**
 * What the system says of a process, or null when there is none; needs /proc.
 *
 * @throws a shortage (`isShortage`), above all of descriptors: then nobody can tell whether there is one
 */
export function readStat(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch (error) {
    if (isShortage(error)) throw error;
    return null;
  }
}

/**
 * Whether exactly this process still runs. A zombie does not, whoever has yet to collect it. Where that cannot be
 * told for want of descriptors, one that bears the pid counts: what is not seen is not gone.
 */
export function isRunning(identity: ProcessIdentity): boolean {
  return unlessShort(() => isCertainlyRunning(identity)) ?? hasPid(identity.pid);
}

function isCertainlyRunning({ pid, start }: ProcessIdentity): boolean {
  if (!hasProc) return startByPs(pid) === start;
  const stat = readStat(pid);
  return stat !== null && stat.start === start && !isDeadState(stat.state);
}

/** Null for want of what is needed to find out. */
function unlessShort(look: () => boolean): boolean | null {
  try {
    return look();
  } catch (error) {
    if (isShortage(error)) return null;
    throw error;
  }
}

export const isDeadState = (state: string): boolean => state === "Z" || state === "X" || state === "x";

/** Sends a signal to exactly this process. False when it is gone, not ours to signal, or not certain to be the one. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isToSignal(identity) && send(identity.pid, signal);
}

/**
 * Sends a signal to the group that this process leads, or to it alone while it leads none yet.
 * False when it is gone, not ours to signal, or not certain to be the one.
 */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isToSignal(leader) && (send(-leader.pid, signal) || send(leader.pid, signal));
}

const isToSignal = (identity: ProcessIdentity): boolean => unlessShort(() => isCertainlyRunning(identity)) === true;

/** Whether some process has this pid; cheap, and no proof of identity. */
export function hasPid(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function send(target: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}

function startByPs(pid: number): string | null {
  try {
    const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "latin1",
      env: { ...process.env, TZ: "UTC", LC_ALL: "C" },
    });
    return text.trim().split(/\s+/).join("_");
  } catch (error) {
    if (isShortage(error)) throw error;
    return null;
  }
}
