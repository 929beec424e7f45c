import type { AttemptEnd } from "../events/domain-event.ts";
import type { Reason } from "../protocol/mission.ts";
import type { EndingCause, EndingWish } from "./classify-end.ts";
import type {
  Decision,
  MachineEvent,
  MissionContext,
  MissionInput,
  ProcessFact,
  SeenEnd,
  SweepKind,
  Waiting,
} from "./machine-types.ts";
import { decideRestart } from "./restart-rule.ts";

/** What a machine knows as it begins: of a new attempt nothing, else what a former daemon left. */
export function firstContext({ resume, ...input }: MissionInput): MissionContext {
  const end = "end" in resume ? resume.end : null;
  const ranMs = resume.kind === "adopt" || resume.kind === "ended" ? resume.ranMs : 0;
  return {
    ...input,
    resume: resume.kind,
    wish: resume.kind === "adopt" || resume.kind === "ended" ? resume.wish : null,
    cause: null,
    isPaused: resume.kind === "adopt" && resume.isPaused === true,
    pausedAt: input.monotonic(),
    pausedMs: resume.kind === "adopt" ? (resume.pausedMs ?? 0) : 0,
    startedAt: input.monotonic() - ranMs,
    ranMs,
    end: end === null ? null : { exitCode: end.exit_code, signal: end.signal, endedAt: end.ended_at, note: end.note },
    reason: end?.reason ?? null,
    uptimeMs: ranMs,
    leftovers: end?.leftovers ?? [],
    waits: "waits" in resume ? resume.waits : null,
    decision: null,
    delayMs: resume.kind === "backing_off" ? resume.delayMs : 0,
  };
}

export const seenEnd = ({ exitCode, signal, endedAt, note, until }: ProcessFact & { type: "process.ended" }): SeenEnd => ({
  exitCode,
  signal,
  endedAt,
  note,
  ...(until === undefined ? {} : { until }),
});

/** What the next attempt begins with: nothing of the one before it. */
export const freshAttempt = (context: MissionContext): Partial<MissionContext> => ({
  attempt: context.attempt + 1,
  resume: "start",
  wish: null,
  cause: null,
  isPaused: false,
  pausedMs: 0,
  end: null,
  reason: null,
  waits: null,
  leftovers: [],
  decision: null,
  ranMs: 0,
  startedAt: context.monotonic(),
});

/** What keeps an ended attempt's mission from its next: the limit it met, or what it spent. */
export function parking({ wish, policy, reason, history, end }: MissionContext): Waiting | null {
  if (wish === "budget" && policy.onBudget === "wait") {
    return { waitingFor: "budget", until: null, note: end?.note ?? "its budget is spent" };
  }
  const mayResume = policy.autoResume && (policy.maxResumes === 0 || (history.resumes ?? 0) < policy.maxResumes);
  if (wish !== null || reason !== "rate_limited" || !mayResume) return null;
  return { waitingFor: "limit", until: end?.until ?? null, note: end?.note ?? "its agent met a limit" };
}

/** What is waited for now; asked again within one wait, the wait goes on. */
export const waitBegun = (context: MissionContext, event: MachineEvent): Partial<MissionContext> => ({
  waits: event.type === "agent.waits" ? { waitingFor: event.waitingFor, until: event.until, note: event.note } : context.waits,
  pausedAt: context.waits === null ? context.monotonic() : context.pausedAt,
});

/** Once it goes on: a limit that it met itself counts, and nothing else. */
export const afterParking = ({ waits, history, reason }: MissionContext): Partial<MissionContext> =>
  waits?.waitingFor === "limit" && reason === "rate_limited"
    ? { history: { ...history, resumes: (history.resumes ?? 0) + 1 } }
    : {};

export const causeOf = (event: object): EndingCause => ("cause" in event ? (event.cause as EndingCause) : null);

export const requesterOf = (event: object): string => ("by" in event ? String(event.by) : "daemon");

export function endOf({ attempt, end, reason, leftovers }: MissionContext): AttemptEnd {
  return {
    attempt,
    exit_code: end?.exitCode ?? null,
    signal: end?.signal ?? null,
    reason: reason ?? "lost",
    ended_at: end?.endedAt ?? null,
    leftovers,
    ...(end?.note === undefined ? {} : { note: end.note }),
  };
}

/** What follows the attempt's end, by the mission's own rule and by what its group allows. */
export function decisionOf(context: MissionContext): Decision {
  const { policy, history, reason, uptimeMs, random, owner, attempt } = context;
  const decision = decideRestart(policy, history, { reason: reason ?? "lost", uptimeMs }, random());
  const isAsked = context.wish !== null && asked.has(context.wish);
  if (isAsked || decision.kind !== "restart" || parking(context) !== null) return decision;
  return owner === null || owner.mayRestart(attempt) ? decision : { kind: "withheld" };
}

const asked: ReadonlySet<EndingWish> = new Set(["stop", "kill", "deadline", "restart", "handover"]);

// A stop that kept a mission from its next attempt ended it; one that came when all was over did not.
export function finalReason({ wish, cause, decision, reason }: MissionContext): Reason {
  if (reason === "dependency") return reason;
  if (decision?.kind === "withheld") return "group";
  const wasGoingOn = decision === null || decision.kind === "restart";
  if (wasGoingOn && wish === "kill") return cause ?? "killed";
  if (wasGoingOn && wish === "stop") return cause ?? "stopped";
  if (wasGoingOn && wish === "deadline") return "deadline";
  return reason ?? "lost";
}

// Only a natural end spares leftovers; what was stopped or killed leaves nothing behind.
export function howToSweep({ wish, policy, reason }: MissionContext): SweepKind {
  if (wish === "kill") return "kill";
  // Of a lost attempt the agent itself may be what is left.
  if (wish !== null || reason === "lost") return "stop";
  return policy.keepLeftovers ? "keep" : "natural";
}
