import { visible } from "../../base/text-width.ts";
import { isFinal, isProgramMissing, type Reason, type Status, type WaitResult } from "../../protocol/mission.ts";
import type { Screen } from "../command-line-context.ts";
import { exitCodeOf, killedCode } from "./exit-code.ts";

export interface ReportOptions {
  readonly json: boolean;
  readonly reached?: readonly Status[];
  /** Where the sentence goes: `run --follow` keeps stdout for the agent's output. */
  readonly quiet?: boolean;
  /** Whether it is one of several, which a person tells apart by their names. */
  readonly named?: boolean;
}

/** Tells how a waited-for mission ended, and answers the exit code that stands for it. */
export async function reportEnd(screen: Screen, result: WaitResult, options: ReportOptions): Promise<number> {
  const sentence = options.named ? `${endSentence(result)} [${visible(result.name)}]` : endSentence(result);
  if (options.json) await screen.line(JSON.stringify({ ...result, source: "mission" }));
  else if (options.quiet) screen.say(sentence);
  else await screen.line(sentence);
  if (isFinal(result.status) && result.exit_code === null && result.status !== "killed") {
    screen.say(`Mission ${result.id} left no exit code (reason: ${result.reason ?? "unknown"})`);
  } else if (!options.json) tellCause(screen, result);
  return exitCodeOf(result, options.reached);
}

/** Where its exit code is only that of the signal with which Overmind ended it, or says success, it is said why. */
function tellCause(screen: Screen, { id, status, reason, exit_code }: WaitResult): void {
  if (status !== "crashed" || reason === null) return;
  const unproven = exit_code === 0 ? `did not succeed (reason: ${reason})` : undefined;
  const cause = isProgramMissing({ reason, exit_code }) ? missing : (causes[reason] ?? unproven);
  if (cause !== undefined) screen.say(`Mission ${id} ${cause}. More: overmind why ${id}`);
}

const missing = "could not be started: its program was not found";
const causes: Partial<Record<Reason, string>> = {
  timeout: "ran longer than its timeout",
  deadline: "had not ended by its deadline",
  stalled: "was silent for too long",
  memory: "held more memory than it may",
  spawn_error: "could not be started",
};

/** `Mission <id> finished: <status> (exit code <n>)`. */
export function endSentence(result: WaitResult): string {
  if (!isFinal(result.status)) return `Mission ${result.id} is ${result.status}`;
  const code = result.status === "killed" ? killedCode : (result.exit_code ?? "unknown");
  return `Mission ${result.id} finished: ${result.status} (exit code ${code})`;
}
