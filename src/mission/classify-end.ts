import type { FinalStatus, Reason } from "../protocol/mission.ts";

/** What the operating system said of an attempt's end. */
export interface ProcessEnd {
  /** As a shell shows it; null when unknown. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly kind: "exited" | "spawn_error" | "lost";
  /** What the agent's own words make of it, where it is one that tells. */
  readonly verdict?: Reason | undefined;
}

/** Why Overmind itself was ending the attempt, if it was. */
export type EndingWish =
  | "stop"
  | "kill"
  | "restart"
  | "handover"
  | "timeout"
  | "stalled"
  | "memory"
  | "deadline"
  | "budget"
  | null;

/** Whose end, or whose strategy, a stop or kill follows from; null: somebody asked for it. */
export type EndingCause = "parent" | "group" | null;

/**
 * The reason of an attempt's end. What Overmind did on request or by rule wins over how the
 * process answered to it; a success code wins over nothing else.
 */
export function classifyEnd(
  end: ProcessEnd,
  wish: EndingWish,
  successCodes: readonly number[],
  cause: EndingCause = null,
): Reason {
  if (wish === "kill") return cause ?? "killed";
  if (wish === "stop") return cause ?? "stopped";
  if (wish === "restart" || wish === "handover") return "stopped";
  if (end.kind === "spawn_error") return "spawn_error";
  if (end.kind === "lost") return "lost";
  if (wish !== null) return wish;
  if (end.verdict !== undefined) return end.verdict;
  if (end.signal !== null) return "signaled";
  return end.exitCode !== null && successCodes.includes(end.exitCode) ? "completed" : "failed";
}

/** The final status that belongs to the reason of the last attempt, and to what was wished. */
export function finalStatusOf(reason: Reason, wish: EndingWish = null): FinalStatus {
  if (reason === "killed") return "killed";
  if (reason === "parent" || reason === "group") return wish === "kill" ? "killed" : "stopped";
  return reason === "completed" || reason === "stopped" ? "stopped" : "crashed";
}
