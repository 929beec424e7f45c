import { matchesAnyGlob } from "../../base/glob.ts";

const firstDelayMs = 1000;
const longestDelayMs = 60_000;

/** What follows a failed delivery: another try after a delay that doubles, or none. */
export function afterFailure(tries: number, retries: number): { readonly delayMs: number } | "give_up" {
  if (tries > retries) return "give_up";
  return { delayMs: Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(tries - 1, 16)) };
}

/**
 * Milliseconds until a delivery is tried again, as a new daemon sees it. A wall clock that was set
 * back must not make it wait longer than the rule's own delay.
 */
export function remainingDelay(retryAt: number | null, now: number): number {
  return retryAt === null ? 0 : Math.min(longestDelayMs, Math.max(0, retryAt - now));
}

/** Whether a hook with these globs gets events of a type. News of hooks is not for hooks: it would feed itself. */
export function eventMatcher(on: readonly string[]): (type: string) => boolean {
  return (type) => !type.startsWith("hook.") && on.some((globs) => matchesAnyGlob(globs, type));
}
