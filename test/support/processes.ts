import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface FoundProcess {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly command: string;
}

/** Living processes (zombies are dead) whose command line or environment contains `marker`, without this one. */
export function processesWith(marker: string): FoundProcess[] {
  return allPids()
    .filter(
      (pid) => pid !== process.pid && (bytesOf(pid, "cmdline").includes(marker) || bytesOf(pid, "environ").includes(marker)),
    )
    .flatMap(describeProcess)
    .filter((found) => found.state !== "Z");
}

/** Living processes whose command line contains `marker`. */
export function commandsWith(marker: string): FoundProcess[] {
  return processesWith(marker).filter((found) => found.command.includes(marker));
}

/** Whether `pid` is a living process; a zombie is not. */
export function isAlive(pid: number): boolean {
  const [found] = describeProcess(pid);
  return found !== undefined && found.state !== "Z";
}

export function describeProcess(pid: number): FoundProcess[] {
  const stat = bytesOf(pid, "stat").toString();
  if (stat === "") return [];
  // The name stands in parentheses and may hold anything, so fields count from the last one.
  const [state = "", parent = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [{ pid, state, parent: Number(parent), command: bytesOf(pid, "cmdline").toString().replaceAll("\0", " ").trim() }];
}

/** The environment of a process, or null when it cannot be read. */
export function environmentOf(pid: number): string[] {
  return bytesOf(pid, "environ").toString("latin1").split("\0");
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(bytesOf(pid, "status").toString());
  return Number(line?.[1] ?? 0) * 1024;
}

export function allPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Where a descriptor of a process leads. */
export function descriptorOf(pid: number, descriptor: number): string {
  return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
}

function bytesOf(pid: number, file: string): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${file}`);
  } catch {
    return Buffer.alloc(0);
  }
}
