import type { ReaderState } from "./conversation.ts";
import { reasonOfError, reasonOfText } from "./error-signs.ts";
import type { AgentError, Confidence } from "./normalised-event.ts";

export type EndingReason = "completed" | "failed" | "signaled" | "rate_limited" | "auth" | "refused" | "no_result" | "budget";

/** What the operating system said. */
export interface AgentEnd {
  /** Null when unknown. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Default: 0 alone. */
  readonly successCodes?: readonly number[];
}

export interface Ending {
  readonly reason: EndingReason;
  readonly confidence: Confidence;
  /** When a limit is over, epoch ms, where the agent said so. */
  readonly until?: number;
  /** One line for a person. */
  readonly note: string;
}

/** What is particular to a kind of agent. */
export interface EndingRules {
  /** False: it tells no ends by itself (any command), so the code alone decides. */
  readonly hasTerminalEvent: boolean;
  /** Codes it exits with after it caught a signal. */
  readonly signalCodes: readonly number[];
  /** What its other codes mean. */
  readonly codes: ReadonlyMap<number, Exclude<EndingReason, "completed">>;
}

/**
 * Why an attempt ended. Only a terminal event that says success and a success code together are
 * success: agents exit 0 when interrupted, and some say "success" of an error. Then the agent's own
 * error types and statuses count, then what is known of its codes, and words last.
 */
export function classifyEnd(end: AgentEnd, state: ReaderState, type: "task" | "session", rules: EndingRules): Ending {
  const ending = judge(end, state, type, rules);
  const until = ending.reason === "rate_limited" ? (state.rateLimit?.until ?? null) : null;
  return until === null ? ending : { ...ending, until };
}

function judge(end: AgentEnd, state: ReaderState, type: "task" | "session", rules: EndingRules): Ending {
  if (end.signal !== null) return { reason: "signaled", confidence: "structured", note: `ended by ${end.signal}` };
  const isSuccessCode = end.exitCode !== null && (end.successCodes ?? [0]).includes(end.exitCode);
  if (!rules.hasTerminalEvent) return byCodeAlone(end, isSuccessCode);
  // A session is over when it is closed between two turns, whatever became of the last one.
  if (type === "session" && isSuccessCode && state.turn === "idle" && state.isReady) {
    return { reason: "completed", confidence: "structured", note: "the session was closed between turns" };
  }
  const { outcome } = state;
  if (outcome !== null)
    return isSuccessCode || outcome.kind !== "completed" ? byOutcome(end, state, rules) : contradicted(end, rules);
  return withoutOutcome(end, state, isSuccessCode, rules);
}

function byCodeAlone(end: AgentEnd, isSuccessCode: boolean): Ending {
  const note = end.exitCode === null ? "the exit code is not known" : `exit code ${end.exitCode}`;
  return { reason: isSuccessCode ? "completed" : "failed", confidence: "status", note };
}

function byOutcome(end: AgentEnd, { outcome }: ReaderState, rules: EndingRules): Ending {
  switch (outcome?.kind) {
    case "completed":
      return { reason: "completed", confidence: "structured", note: "the agent reported success" };
    case "budget":
    case "refused":
      return {
        reason: outcome.kind,
        confidence: "structured",
        note: outcome.error?.message ?? `the agent reported: ${outcome.kind}`,
      };
    case "interrupted":
      return { reason: "signaled", confidence: "structured", note: "the turn was interrupted" };
    default:
      return byFailure(end, outcome?.error ?? null, rules);
  }
}

/** An error that tells no status may still have given its own to the exit code. */
function byFailure(end: AgentEnd, error: AgentError | null, rules: EndingRules): Ending {
  const told = byError(error);
  if (told !== null) return told;
  const known = end.exitCode === null ? undefined : rules.codes.get(end.exitCode);
  const confidence = known === undefined ? "structured" : "status";
  return { reason: known ?? "failed", confidence, note: noteOf(error) };
}

function byError(error: AgentError | null): Ending | null {
  const found = error === null ? null : reasonOfError(error);
  return found === null ? null : { ...found, note: noteOf(error) };
}

function contradicted(end: AgentEnd, rules: EndingRules): Ending {
  const reason = isSignalCode(end, rules) ? "signaled" : "failed";
  return {
    reason,
    confidence: "status",
    note: `the agent reported success, but its exit code is ${end.exitCode ?? "not known"}`,
  };
}

function withoutOutcome(end: AgentEnd, state: ReaderState, isSuccessCode: boolean, rules: EndingRules): Ending {
  const told = byError(state.error);
  // What it went on from does not count, but a refusal ends it though it exits with success.
  if (told !== null && (!isSuccessCode || told.reason === "refused")) return told;
  if (isSuccessCode) return { reason: "no_result", confidence: "structured", note: "it ended without a result" };
  if (isSignalCode(end, rules))
    return { reason: "signaled", confidence: "status", note: `exit code ${end.exitCode} after a signal` };
  const known = end.exitCode === null ? undefined : rules.codes.get(end.exitCode);
  const words = known === undefined ? reasonOfText(state.tail.join("\n")) : null;
  if (words !== null) return { ...words, note: state.tail.at(-1) ?? "" };
  const code = end.exitCode === null ? "the exit code is not known" : `exit code ${end.exitCode}, no result`;
  return { reason: known ?? "failed", confidence: "status", note: state.error?.message.slice(0, 300) ?? code };
}

const isSignalCode = (end: AgentEnd, rules: EndingRules): boolean =>
  end.exitCode !== null && rules.signalCodes.includes(end.exitCode);

const noteOf = (error: AgentError | null): string => error?.message.slice(0, 300) ?? "the agent reported an error";
