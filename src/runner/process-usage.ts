import { readFileSync } from "node:fs";
import { hasProc } from "./identity.ts";

export interface ProcessUsage {
  /** Processor time of the process and of the children it has waited for, in ms; steps of 10 on Linux. */
  readonly cpuMs: number;
  /** Resident bytes, with what is shared with others. */
  readonly memoryBytes: number;
}

// USER_HZ of proc(5): 100 on every platform that Node runs on.
const tickMs = 10;
const pageSizeTag = 6n;

/**
 * What processes use; those that are gone are left out. /proc is read where there is one: it also
 * knows the time of children that ended, and it holds nothing open. pidusage asks `ps` elsewhere.
 */
export async function readUsage(pids: readonly number[]): Promise<Map<number, ProcessUsage>> {
  return hasProc ? usageFromProc(pids) : usageFromPs(pids);
}

/** Reads the text of /proc/PID/stat; null when it is no such text. The name may hold anything, so fields count from its end. */
export function parseUsage(text: string, pageBytes: number): ProcessUsage | null {
  const close = text.lastIndexOf(")");
  const fields = close < 0 ? [] : text.slice(close + 2).split(" ");
  const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0);
  const pages = Number(fields[21]);
  return Number.isFinite(ticks) && Number.isFinite(pages) ? { cpuMs: ticks * tickMs, memoryBytes: pages * pageBytes } : null;
}

/** The page size out of /proc/self/auxv, pairs of 64-bit words (getauxval(3), AT_PAGESZ). */
export function parsePageSize(vector: Buffer): number {
  for (let at = 0; at + 16 <= vector.length; at += 16) {
    if (vector.readBigUInt64LE(at) === pageSizeTag) return Number(vector.readBigUInt64LE(at + 8));
  }
  return 4096;
}

let pageBytes: number | undefined;

function usageFromProc(pids: readonly number[]): Map<number, ProcessUsage> {
  pageBytes ??= parsePageSize(readFileSync("/proc/self/auxv"));
  const found = new Map<number, ProcessUsage>();
  for (const pid of pids) {
    const usage = parseUsage(textOf(`/proc/${pid}/stat`), pageBytes);
    if (usage !== null) found.set(pid, usage);
  }
  return found;
}

async function usageFromPs(pids: readonly number[]): Promise<Map<number, ProcessUsage>> {
  if (pids.length === 0) return new Map();
  const { default: pidusage } = await import("pidusage");
  const told = await pidusage([...pids]);
  return new Map(
    Object.values(told).flatMap((status) =>
      status === null ? [] : [[status.pid, { cpuMs: status.ctime, memoryBytes: status.memory }] as const],
    ),
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
