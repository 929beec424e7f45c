import { readFileSync } from "node:fs";
import type { AttemptPaths } from "../base/paths.ts";
import { glimpseClaim } from "./attempt-files.ts";
import { isRunning } from "./identity.ts";

// Starts are told in ticks of USER_HZ, 100 a second on every platform that Node runs on (proc(5)).
const tickMs = 10;

/**
 * Milliseconds that an attempt's agent has run, by the kernel's own clock, which nobody can set; null
 * where that cannot be told: it has ended, or there is no /proc.
 */
export function agentAge(paths: AttemptPaths): number | null {
  const claim = glimpseClaim(paths);
  const agent = claim?.agent;
  if (!agent || !/^\d+$/.test(agent.start) || !isRunning(agent)) return null;
  // The process may be older than the attempt: a spare waited for it.
  return ageFrom(claim.begun?.sinceBootMs ?? Number(agent.start) * tickMs, textOf("/proc/uptime"));
}

/**
 * @param begunMs milliseconds since boot
 * @param uptime text of /proc/uptime: seconds since boot, then others
 */
export function ageFrom(begunMs: number, uptime: string): number | null {
  const seconds = Number.parseFloat(uptime);
  return Number.isFinite(seconds) ? Math.max(0, Math.round(seconds * 1000 - begunMs)) : null;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
