import { isFinal, type Status, type WaitResult } from "../../protocol/mission.ts";

export const timedOut = 124;
export const overmindFailed = 125;
export const killedCode = 137;
const crashedCode = 1;

/** Codes with which Overmind itself could not do its work, whatever was asked. */
const ownFailures: ReadonlySet<string> = new Set([
  "unreachable",
  "internal",
  "home_unusable",
  "disk_full",
  "shutting_down",
  "slow_reader",
  "already_running",
  "invalid_json",
  "invalid_request",
  "frame_too_large",
  "unknown_command",
]);

/** The exit code for an error outside of waits: 1 is a refusal whose message says why. */
export function exitCodeOfError(code: string): number {
  if (code === "timeout") return timedOut;
  return ownFailures.has(code) ? overmindFailed : 1;
}

/** The same within a wait, where every failure of Overmind, an unknown id included, is told from the agent's. */
export const exitCodeOfFailedWait = (code: string): number => (code === "timeout" ? timedOut : overmindFailed);

/**
 * The exit code that one waited-for mission stands for: its own, 137 where it was killed, 125
 * where it ended with none. 0 is a proven success alone: where it crashed though its process exited
 * with 0, as on its timeout or as an agent without a result, the code is 1.
 *
 * @param reached statuses that were waited for (`--for`); then 0 is reached and 1 ended without
 */
export function exitCodeOf(result: Pick<WaitResult, "status" | "exit_code">, reached?: readonly Status[]): number {
  if (reached !== undefined && reached.length > 0) return reached.includes(result.status) ? 0 : 1;
  if (result.status === "killed") return killedCode;
  if (!isFinal(result.status)) return 0;
  if (result.status === "crashed" && result.exit_code === 0) return crashedCode;
  return result.exit_code ?? overmindFailed;
}

/** The first code that is not zero, in the order given. */
export const firstFailure = (codes: readonly number[]): number => codes.find((code) => code !== 0) ?? 0;
