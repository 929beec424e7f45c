import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { isShortage } from "../base/shortage.ts";
import { hasProc, type ProcessStat, readStat } from "./identity.ts";

/** Whose a process says it is, by the environment it was started with; null: does not say. */
export interface ProcessMarkers {
  /** Home of the daemon that it belongs to, when it is a daemon, zygote or shim. */
  readonly daemon: string | null;
  readonly mission: string | null;
  readonly home: string | null;
}

const noMarkers: ProcessMarkers = { daemon: null, mission: null, home: null };

/**
 * Every process that this user can see, zombies included.
 *
 * @throws a shortage (`isShortage`): a table that lacks some would say that they are gone
 */
export function readProcessTable(): ProcessStat[] {
  if (!hasProc) return parsePs(execFileSync("ps", psArguments, { encoding: "latin1", env: psEnvironment, maxBuffer: 2 ** 26 }));
  return readdirSync("/proc")
    .filter((name) => name.charCodeAt(0) <= 57)
    .flatMap((name) => readStat(Number(name)) ?? []);
}

export const psArguments: readonly string[] = ["-axo", "pid=,ppid=,pgid=,sess=,stat=,lstart=,command="];
export const psEnvironment: NodeJS.ProcessEnv = { PATH: process.env["PATH"], TZ: "UTC", LC_ALL: "C" };

/**
 * Reads the output of `ps` with `psArguments`. Where ps shows no session number (macOS prints an
 * address) it is 0, which matches no session.
 */
export function parsePs(text: string): ProcessStat[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\d{4})\s+(.*)$/.exec(line);
    if (match === null) return [];
    const [, pid, parent, group, session = "", state = "", start = "", name = ""] = match;
    return {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: /^\d+$/.test(session) ? Number(session) : 0,
      state: state.charAt(0),
      start: start.split(/\s+/).join("_"),
      name,
    };
  });
}

/**
 * The markers of a process; none where it is gone or another user's.
 *
 * @throws a shortage (`isShortage`): then its environment was not read
 */
export function readMarkers(pid: number): ProcessMarkers {
  if (!hasProc) return noMarkers;
  try {
    return parseMarkers(readFileSync(`/proc/${pid}/environ`));
  } catch (error) {
    if (isShortage(error)) throw error;
    return noMarkers;
  }
}

/** Reads the markers out of NUL-separated `NAME=value` entries; the first of a name counts, as for getenv(3). */
export function parseMarkers(environment: Buffer): ProcessMarkers {
  if (!environment.includes("OVERMIND_")) return noMarkers;
  const entries = environment.toString("latin1").split("\0");
  const entryOf = (name: string) => entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  const home = entryOf("OVERMIND_HOME");
  return {
    daemon: entryOf("OVERMIND_DAEMON") ?? null,
    mission: entryOf("OVERMIND_MISSION_ID") ?? null,
    home: home === undefined ? null : Buffer.from(home, "latin1").toString(),
  };
}

/** The command line of a process for a person to read; its name in brackets when it has none. */
export function commandOf(process: ProcessStat): string {
  const text = hasProc ? readCommandLine(process.pid) : process.name;
  return text === "" ? `[${process.name}]` : text.slice(0, 4096);
}

function readCommandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}
