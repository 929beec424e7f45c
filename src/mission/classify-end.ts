import type { FinalStatus, Reason } from "../protocol/mission.ts";

/** What the operating system said of an attempt's end. */
export interface ProcessEnd {
  /** As a shell shows it; null when unknown. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly kind: "exited" | "spawn_error" | "lost";
}

/** Why Overmind itself was ending the attempt, if it was. */
export type EndingWish = "stop" | "kill" | "restart" | "timeout" | null;

/**
 * The reason of an attempt's end. What Overmind did on request or by rule wins over how the
 * process answered to it; a success code wins over nothing else.
 */
export function classifyEnd(end: ProcessEnd, wish: EndingWish, successCodes: readonly number[]): Reason {
  if (wish === "kill") return "killed";
  if (wish === "stop" || wish === "restart") return "stopped";
  if (end.kind === "spawn_error") return "spawn_error";
  if (end.kind === "lost") return "lost";
  if (wish === "timeout") return "timeout";
  if (end.signal !== null) return "signaled";
  return end.exitCode !== null && successCodes.includes(end.exitCode) ? "completed" : "failed";
}

/** The final status that belongs to the reason of the last attempt. */
export function finalStatusOf(reason: Reason): FinalStatus {
  if (reason === "killed") return "killed";
  return reason === "completed" || reason === "stopped" ? "stopped" : "crashed";
}
