import { formatDuration } from "../../base/durations.ts";
import type { MissionEvent } from "../../events/domain-event.ts";
import type { EventView } from "../../protocol/messages.ts";
import { isFinal, isProgramMissing, type MissionView } from "../../protocol/mission.ts";
import { failedAgent, failureIn } from "./of-agents.ts";
import {
  clockTime,
  type Holder,
  ofMost,
  plural,
  recorded,
  type Sent,
  senderOf,
  sentenceOf,
  waitedFor,
  waitText,
  who,
} from "./sentences.ts";

/** Why a mission is what it is. */
export interface Explanation {
  /** The present, in one sentence. */
  readonly summary: string;
  /** What led to it, oldest first. */
  readonly story: readonly StoryLine[];
}

export interface StoryLine {
  readonly seq: number;
  readonly time: string;
  readonly text: string;
}

/**
 * The events of a mission as the story that led to its present status. A pure function.
 *
 * @param events of this mission alone, oldest first; they may begin in the middle of its life
 * @param mission as it stands; null: it was removed
 * @param now epoch ms
 * @param around what else may be known
 */
export function explain(
  events: readonly EventView[],
  mission: MissionView | null,
  now: number,
  { pipeline = null, called = (id) => id }: Around = {},
): Explanation {
  const holder = pipeline === null ? "group" : "pipeline";
  const facts = events.map(recorded);
  const maxRestarts = mission?.max_restarts ?? null;
  let spoken: string | null = null;
  let sent: Sent | null = null;
  const story = events.flatMap(({ seq, time }, index) => {
    const fact = facts[index] as MissionEvent;
    const text = sentenceOf(fact, { maxRestarts, next: facts[index + 1], spoken, sent, holder, called });
    if (fact.type === "mission.stopping") spoken = fact.because;
    if (fact.type === "mission.signalled") sent = fact;
    if (fact.type === "mission.starting") [spoken, sent] = [null, null];
    return text === null ? [] : [{ seq, time, text }];
  });
  if (mission === null) return { summary: "It was removed.", story };
  const own = mission.type === "blueprint" && mission.status === "crashed" ? failedAgent(events) : "";
  const counted = pipeline === null ? "" : failureIn(pipeline.name, pipeline.events, mission.id);
  return { summary: `${summaryOf(mission, { events, facts, now, holder })}${own}${counted}`, story };
}

/** What lies around a mission. */
export interface Around {
  /** Whose agent it is, with its events, oldest first; null: none's. */
  readonly pipeline?: { readonly name: string; readonly events: readonly EventView[] } | null;
  /** A mission as a person would call it. */
  readonly called?: (id: string) => string;
}

interface Known {
  readonly events: readonly EventView[];
  readonly facts: readonly MissionEvent[];
  readonly now: number;
  readonly holder: Holder;
}

function summaryOf(mission: MissionView, known: Known): string {
  const { name, status } = mission;
  if (isFinal(status)) return `${name} ${endSummary(mission, known)}.`;
  switch (status) {
    case "queued":
      return `${name} is queued: ${queueSummary(mission, known)}.`;
    case "starting":
      return `${name} is starting attempt ${mission.attempt}${since("mission.starting", known)}.`;
    case "paused":
      return `${name} is paused${pauseSummary(mission, known)}.`;
    case "waiting":
      return `${name} ${waitSummary(mission, known)}.`;
    case "restarting":
      return `${name} ${backoffSummary(mission, known)}.`;
    case "stopping":
      return `${name} is being ended${since("mission.stopping", known)}${stopCause(known)}.`;
    default:
      return `${name} ${runSummary(mission, known)}.`;
  }
}

function queueSummary({ waiting_for, until }: MissionView, known: Known): string {
  const note = last("mission.queued", known)?.fact.note || waitText(waiting_for);
  return `${note}${since("mission.queued", known)}${until === null ? "" : `, until ${moment(Date.parse(until), known.now)}`}`;
}

/** Paused where it stands, or because a person has its conversation. */
function pauseSummary({ name }: MissionView, known: Known): string {
  const isHandedOver = (last("mission.handed_over", known)?.index ?? -1) > (last("mission.paused", known)?.index ?? -1);
  if (!isHandedOver) return `${pausedBy(known)}. Let it go on: overmind unpause ${name}`;
  return `${since("mission.handed_over", known)}${handoverBy(known)}. It goes on when they leave; to end that now: overmind detach ${name}`;
}

function waitSummary({ name, waiting_for, until, pending }: MissionView, known: Known): string {
  const note = last("mission.waiting", known)?.fact.note ?? "";
  const what = waitedFor[waiting_for ?? ""] ?? waiting_for;
  const when = `${since("mission.waiting", known)}${until === null ? "" : `, until ${moment(Date.parse(until), known.now)}`}`;
  const [asked] = pending;
  const goOn = waiting_for === "limit" ? `. Let it go on now: overmind unpause ${name}` : "";
  if (asked === undefined) return `waits for ${what}${when}${note === "" ? "" : `: ${note}`}${goOn}`;
  const doubt = asked.in_doubt;
  const doubtText =
    doubt === null
      ? ""
      : `. Nobody knows whether its agent got an answer that was given already (${doubt.decision}, by ${doubt.by})`;
  const which = pending.length === 1 ? name : `${name} REQUEST`;
  const more = pending.length === 1 ? "" : ` (and ${pending.length - 1} more: overmind inbox)`;
  return `waits for ${what}${when}: ${asked.tool}: ${asked.what}${more}${doubtText}. Answer it: overmind answer ${which} allow|deny`;
}

function runSummary({ attempt, os_pid, restart_count, started_at }: MissionView, known: Known): string {
  const begun = last("mission.started", known)?.fact.attempt === attempt ? last("mission.started", known)?.time : undefined;
  const start = begun ?? (started_at === null ? undefined : Date.parse(started_at));
  const pid = os_pid === null ? "" : `, pid ${os_pid}`;
  const restarts = restart_count === 0 ? "" : `, after ${plural(restart_count, "restart", "restarts")}`;
  const stall = last("mission.stalled", known);
  const silence =
    stall !== undefined && stall.fact.attempt === attempt ? `; it was noted as silent ${moment(stall.time, known.now)}` : "";
  return `${start === undefined ? "runs" : `has run for ${formatDuration(known.now - start)}, since ${clockTime(start)}`} (attempt ${attempt}${pid})${restarts}${silence}`;
}

function backoffSummary({ max_restarts, restart_count }: MissionView, known: Known): string {
  const wait = last("mission.backing_off", known);
  if (wait === undefined) return `waits for restart ${ofMost(restart_count + 1, max_restarts)}`;
  const { restart, retry_at } = wait.fact;
  const when = retry_at > known.now ? `comes ${moment(retry_at, known.now)}` : `is due since ${clockTime(retry_at)}`;
  return `backs off: restart ${ofMost(restart, max_restarts)} ${when}`;
}

function endSummary({ status, reason, exit_code, signal, ended_at }: MissionView, known: Known): string {
  const when = ended_at === null ? "" : ` ${moment(Date.parse(ended_at), known.now)}`;
  const code = signal !== null ? signal : exit_code === null ? "" : `exit code ${exit_code}`;
  if (reason === "completed") return `ended with success${when}`;
  if (reason === "stopped" || reason === "killed" || reason === "parent" || reason === "group") {
    return `was ${status}${when}${stopCause(known)}${noteOf(known)}`;
  }
  const gaveUp = last("mission.gave_up", known);
  const isLast = gaveUp !== undefined && gaveUp.fact.attempt === last("mission.ended", known)?.fact.attempt;
  const limit = isLast
    ? `, and was given up after ${plural(gaveUp.fact.restarts, "restart", "restarts")} within ${gaveUp.fact.within_seconds}s`
    : "";
  const note = reason === "dependency" ? noteOf(known) : reason === "spawn_error" ? attemptNote(known) : "";
  const why = isProgramMissing({ reason, exit_code })
    ? "its program was not found"
    : reasonText(reason, senderOf(signal, sentLast(known)));
  return `${status}${when}: ${why}${code === "" ? "" : ` (${code})`}${note}${limit}`;
}

function reasonText(reason: MissionView["reason"], sender: string): string {
  const texts: Readonly<Record<string, string>> = {
    failed: "it failed",
    signaled: `a signal ended it that ${sender}`,
    stalled: "it had printed nothing for too long",
    timeout: "an attempt ran longer than its timeout",
    deadline: "its deadline passed",
    memory: "it held more memory than it may",
    spawn_error: "it could not be started",
    lost: "it ended while nobody saw how",
    dependency: "what it waited for can never come",
  };
  return texts[reason ?? ""] ?? String(reason);
}

/** The signal that somebody had sent to the last attempt. */
function sentLast(known: Known): Sent | null {
  const found = last("mission.signalled", known);
  return found === undefined || found.index < (last("mission.starting", known)?.index ?? -1) ? null : found.fact;
}

function noteOf(known: Known): string {
  const note = (last("mission.ended", known)?.fact as { note?: unknown } | undefined)?.note;
  return typeof note === "string" ? `: ${note}` : "";
}

/** What the system said of the last attempt. */
function attemptNote(known: Known): string {
  const note = last("mission.attempt_ended", known)?.fact.note ?? "";
  return note === "" ? "" : `: ${note}`;
}

function stopCause(known: Known): string {
  const asked = last("mission.stop_requested", known);
  const start = last("mission.starting", known);
  if (asked === undefined || (start !== undefined && start.index > asked.index)) {
    const because = last("mission.stopping", known)?.fact.because;
    return because === undefined || because === "sweep" ? "" : ` (${because})`;
  }
  if (asked.fact.cause === "parent") return ", as its parent has ended";
  if (asked.fact.cause === "group") return `, by its ${known.holder}`;
  return `, asked for by ${who(asked.fact.by)}`;
}

function pausedBy(known: Known): string {
  const found = last("mission.paused", known);
  return found === undefined ? "" : `${since("mission.paused", known)}, by ${who(found.fact.by)}`;
}

/** The event of the handover is the machine's own; the wish tells whose it was. */
function handoverBy(known: Known): string {
  const asked = last("mission.stop_requested", known);
  const by = asked?.fact.wish === "handover" ? `, by ${who(asked.fact.by)}` : "";
  return `${by}: a person has its conversation`;
}

const since = (type: MissionEvent["type"], known: Known): string => {
  const found = last(type, known);
  return found === undefined ? "" : ` since ${moment(found.time, known.now)}`;
};

/** `3m12s ago (2026-01-31 12:00:00Z)`, `in 5s (…)`. */
function moment(ms: number, now: number): string {
  const distance = ms > now ? `in ${formatDuration(ms - now)}` : `${formatDuration(now - ms)} ago`;
  return `${distance} (${clockTime(ms)})`;
}

function last<Type extends MissionEvent["type"]>(type: Type, { events, facts }: Known) {
  const index = facts.findLastIndex((fact) => fact.type === type);
  if (index < 0) return undefined;
  const fact = facts[index] as Extract<MissionEvent, { readonly type: Type }>;
  return { fact, index, time: Date.parse(events[index]?.time ?? "") };
}
