import type { RestartHistory } from "../events/domain-event.ts";
import type { Reason } from "../protocol/mission.ts";
import type { RestartRule } from "./spec.ts";

export type RestartDecision =
  | { readonly kind: "end" }
  | { readonly kind: "give_up"; readonly restarts: number }
  | { readonly kind: "restart"; readonly delayMs: number; readonly history: RestartHistory };

export interface EndedAttempt {
  readonly reason: Reason;
  /** How long the attempt ran, from spawn to exit on a monotonic clock. */
  readonly uptimeMs: number;
}

// `lost` counts only when a living daemon saw it; after a reboot recovery does not ask this rule.
const crashReasons: ReadonlySet<Reason> = new Set(["failed", "signaled", "stalled", "timeout", "memory", "no_result", "lost"]);

// Trying again changes nothing, or destroys what a person has to mend first.
const neverRestarted: ReadonlySet<Reason> = new Set([
  "stopped",
  "killed",
  "auth",
  "spawn_error",
  "budget",
  "refused",
  "deadline",
  "parent",
  "group",
  "dependency",
]);

/**
 * Whether an ended attempt is followed by another, and when.
 *
 * Giving up is decided at the crash: when this restart would be more than `maxRestarts` within
 * `maxSeconds` sliding. The window is measured in time spent running, so that growing delays
 * cannot outrun it.
 *
 * @param random 0 to 1, for the jitter
 */
export function decideRestart(rule: RestartRule, history: RestartHistory, end: EndedAttempt, random: number): RestartDecision {
  if (rule.restart === "never" || neverRestarted.has(end.reason)) return { kind: "end" };
  const isCrash = crashReasons.has(end.reason);
  if (rule.restart === "on_failure" && !isCrash) return { kind: "end" };

  const uptimeMs = history.uptimeMs + end.uptimeMs;
  // Where nobody gives up nothing is counted: crashes of an agent that ends at once would pile up without end.
  const isCounted = isCrash && rule.maxRestarts > 0;
  const crashes = isCounted ? withinWindow([...history.crashes, uptimeMs], uptimeMs - rule.maxSeconds * 1000) : history.crashes;
  if (isCounted && crashes.length > rule.maxRestarts) {
    return { kind: "give_up", restarts: crashes.length - 1 };
  }
  const isStable = end.uptimeMs >= rule.stableSeconds * 1000;
  const streak = isStable ? 1 : history.streak + 1;
  return { kind: "restart", delayMs: backoffDelay(rule, streak, random), history: { streak, uptimeMs, crashes } };
}

/**
 * Milliseconds before restart number `streak` since the last stable stretch:
 * min(backoffMax, backoff * 2^(streak-1)), varied by plus or minus `jitter`.
 */
export function backoffDelay(rule: RestartRule, streak: number, random: number): number {
  const plain = Math.min(rule.backoffMaxMs, rule.backoffMs * 2 ** Math.min(streak - 1, 52));
  return Math.round(plain * (1 + rule.jitter * (2 * random - 1)));
}

const withinWindow = (crashes: readonly number[], oldest: number): readonly number[] => crashes.filter((crash) => crash > oldest);
