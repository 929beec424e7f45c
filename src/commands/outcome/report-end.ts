import { isFinal, type Status, type WaitResult } from "../../protocol/mission.ts";
import type { Screen } from "../command-line-context.ts";
import { exitCodeOf, killedCode } from "./exit-code.ts";

export interface ReportOptions {
  readonly json: boolean;
  readonly reached?: readonly Status[];
  /** Where the sentence goes: `run --follow` keeps stdout for the agent's output. */
  readonly quiet?: boolean;
}

/** Tells how a waited-for mission ended, and answers the exit code that stands for it. */
export async function reportEnd(screen: Screen, result: WaitResult, options: ReportOptions): Promise<number> {
  if (options.json) await screen.line(JSON.stringify({ ...result, source: "mission" }));
  else if (options.quiet) screen.say(endSentence(result));
  else await screen.line(endSentence(result));
  if (isFinal(result.status) && result.exit_code === null && result.status !== "killed") {
    screen.say(`Mission ${result.id} left no exit code (reason: ${result.reason ?? "unknown"})`);
  }
  return exitCodeOf(result, options.reached);
}

/** `Mission <id> finished: <status> (exit code <n>)`. */
export function endSentence(result: WaitResult): string {
  if (!isFinal(result.status)) return `Mission ${result.id} is ${result.status}`;
  const code = result.status === "killed" ? killedCode : (result.exit_code ?? "unknown");
  return `Mission ${result.id} finished: ${result.status} (exit code ${code})`;
}
