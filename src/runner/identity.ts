import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";

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

/** What the system says of a process, or null when there is none; needs /proc. */
export function readStat(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return null;
  }
}

/** Whether exactly this process still runs. A zombie does not, whoever has yet to collect it. */
export function isRunning(identity: ProcessIdentity): boolean {
  if (!hasProc) return startByPs(identity.pid) === identity.start;
  const stat = readStat(identity.pid);
  return stat !== null && stat.start === identity.start && !isDeadState(stat.state);
}

export const isDeadState = (state: string): boolean => state === "Z" || state === "X" || state === "x";

/** Sends a signal to exactly this process. False when it is gone or not ours to signal. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isRunning(identity) && send(identity.pid, signal);
}

/**
 * Sends a signal to the group that this process leads, or to it alone while it leads none yet.
 * False when it is gone or not ours to signal.
 */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isRunning(leader) && (send(-leader.pid, signal) || send(leader.pid, signal));
}

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
  } catch {
    return null;
  }
}
