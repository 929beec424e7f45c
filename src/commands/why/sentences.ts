import { formatDuration } from "../../base/durations.ts";
import type { MissionEvent } from "../../events/domain-event.ts";
import { withMoments } from "../../events/moments.ts";
import type { EventView } from "../../protocol/messages.ts";
import type { Leftover } from "../../protocol/mission.ts";
import { shownBytes } from "./shown-bytes.ts";

/** What a sentence needs besides its event. */
export interface Telling {
  /** Greatest number of restarts; 0: no limit, null: not known. */
  readonly maxRestarts: number | null;
  /** What comes after it. */
  readonly next: MissionEvent | undefined;
  /** The wish that was spoken of last: so that it is not told twice. */
  readonly spoken: string | null;
  /** The signal that somebody sent through Overmind to the present attempt last. */
  readonly sent: Sent | null;
  /** What holds the mission as a member. */
  readonly holder: Holder;
  /** A mission as a person would call it. */
  readonly called: (id: string) => string;
}

export type Holder = "group" | "pipeline";

export type Sent = Pick<Of<"mission.signalled">, "signal" | "by">;

/** An event as the one it was recorded from; newer daemons may know others. */
export const recorded = ({ type, data }: EventView): MissionEvent => ({ type, ...withMoments(data) }) as unknown as MissionEvent;

/** One event in a plain sentence; null where the neighbours say it already. */
export function sentenceOf(event: MissionEvent, telling: Telling): string | null {
  switch (event.type) {
    case "mission.created":
      return `Made as ${event.name}${event.parent === null ? "" : `, a child of ${event.parent}`}: ${event.command}`;
    case "mission.queued":
      return `Queued: ${event.note || waitText(event.waiting_for)}${event.until === null ? "" : `, until ${clockTime(event.until)}`}.`;
    case "mission.released":
      return "Nothing keeps it waiting any more: released from the queue.";
    case "mission.starting":
      return telling.next?.type === "mission.started" ? null : `Attempt ${event.attempt} was about to start.`;
    case "mission.started":
      return `Attempt ${event.attempt} started${pidText(event.os_pid)}.`;
    case "mission.adopted":
      return `A new daemon took it up: attempt ${event.attempt} was still running${pidText(event.os_pid)}.`;
    case "mission.stop_requested":
      return requestText(event, telling);
    case "mission.paused":
      return `Paused by ${who(event.by)}: all its processes stand still.`;
    case "mission.unpaused":
      return `Goes on: unpaused by ${who(event.by)}.`;
    case "mission.handed_over":
      // Who asked was told before; the event comes as the agent has ended, which nobody asks for.
      return "Its agent has ended, and its conversation is in a person's hands.";
    case "mission.waiting":
      return `Waits for ${waitedFor[event.waiting_for] ?? event.waiting_for}${event.until === null ? "" : `, until ${clockTime(event.until)}`}${event.note === "" ? "" : `: ${event.note}`}.`;
    case "mission.resumed":
      return event.by === "daemon" ? "Goes on: what it waited for is there." : `Goes on: ${who(event.by)} saw to it.`;
    case "mission.conversation":
      return event.because === "fresh"
        ? "A new conversation begins, as somebody asked."
        : `The agent has the conversation ${event.former ?? "before"} no more: a new one begins.`;
    case "mission.asked":
      return `Its agent asks (${event.request_id}): ${event.tool}: ${event.what}`;
    case "mission.answered":
      return answerText(event);
    case "mission.withdrawn":
      return `Its agent asks that no more: ${event.tool} (${event.request_id}).`;
    case "mission.message_refused":
      return `Its agent refused a message: ${event.note}.`;
    case "mission.stalled":
      return stallText(event);
    case "mission.memory_exceeded":
      return `Its processes held ${shownBytes(event.bytes)}, more than the ${shownBytes(event.limit)} it may: attempt ${event.attempt} is ended.`;
    case "mission.deadline_passed":
      return `Its deadline of ${formatDuration(event.deadline_ms)} has passed: it is ended for good.`;
    case "mission.stopping":
      return stoppingText(event, telling);
    case "mission.signalled":
      return `${event.signal} was sent to it by ${who(event.by)}.`;
    case "mission.attempt_ended":
      return endText(event, telling.sent);
    case "mission.backing_off":
      return `Restart ${ofMost(event.restart, telling.maxRestarts)} follows after ${formatDuration(event.delay_ms)}, at ${clockTime(event.retry_at)}.`;
    case "mission.gave_up":
      return `Gave up: it had been restarted ${times(event.restarts)} within ${event.within_seconds}s of running.`;
    case "mission.member_crashed":
      return memberText(event, telling);
    case "mission.agent_moved":
      return moveText(event);
    case "mission.blueprint_changed":
      return `Its blueprint was changed: ${event.note}.`;
    case "mission.ended":
      return finalText(event);
    case "mission.turn_ended":
      if (event.outcome === "interrupted") return `Turn ${event.turn} was interrupted.`;
      return event.error === null ? null : `Turn ${event.turn} ended without success: ${event.error}`;
    case "mission.budget_warned":
      return `${Math.floor(event.share * 100)} % of its budget is spent.`;
    case "mission.budget_spent":
      return `Its budget is spent: ${event.on_budget === "stop" ? "it is ended" : "agents that spend it wait until it is raised"}.`;
    case "mission.budget_changed":
      return `Its budget was changed by ${who(event.by)}.`;
    case "mission.removed":
      return "Removed, with its files.";
    default:
      return null;
  }
}

export const waitedFor: Readonly<Record<string, string>> = {
  answer: "an answer",
  limit: "a limit to pass",
  budget: "a greater budget",
};

/** `4 of 6`, or `4` where nobody gives up. */
export const ofMost = (restart: number, most: number | null): string =>
  most ? `${restart} of ${Math.max(most, restart)}` : `${restart}`;

export const waitText = (waitingFor: string | null): string =>
  waitingFor === "dependency"
    ? "waits for other missions to end"
    : waitingFor === "delay"
      ? "waits for its delay to pass"
      : waitingFor === "slot"
        ? "waits for a free slot of its pool"
        : waitingFor === "limit"
          ? "waits for the limit of its account to pass"
          : waitingFor === "budget"
            ? "waits for a greater budget"
            : "waits";

/** Who asked, as a person would say it. */
export function who(by: string): string {
  if (by === "cli") return "the command line";
  if (by === "client") return "a client";
  if (by === "daemon") return "Overmind";
  if (by === "shutdown") return "overmind shutdown --kill";
  return by.startsWith("rule: ") ? `the rule ${by.slice("rule: ".length)}` : `mission ${by}`;
}

/** UTC, to the second. */
export const clockTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")}Z`;

type Of<Type extends MissionEvent["type"]> = Extract<MissionEvent, { readonly type: Type }>;

function requestText({ wish, by, cause }: Of<"mission.stop_requested">, { holder }: Telling): string {
  const what = { restart: "restarted", kill: "killed", stop: "stopped", handover: "handed over" }[wish];
  if (cause === "parent") return `Its parent has ended, so it is ${what} too.`;
  if (cause === "group") return `Its ${holder} had it ${what}.`;
  return `${capital(who(by))} asked for it to be ${what}.`;
}

function answerText({ tool, decision, by, message, option, is_edited }: Of<"mission.answered">): string {
  const how = [is_edited ? "with other input" : "", option === null ? "" : `by its option ${option}`].filter(Boolean).join(", ");
  const words = message === null ? "" : `: ${message}`;
  return `${tool} was ${decision === "allow" ? "allowed" : "denied"} by ${who(by)}${how === "" ? "" : `, ${how}`}${words}.`;
}

function stallText({ silent_ms, on_stall, evidence, attempt }: Of<"mission.stalled">): string {
  const facts = [
    evidence.cpu_ms === null ? null : `its processes used ${formatDuration(evidence.cpu_ms)} of processor time`,
    evidence.children_born === null ? null : `${plural(evidence.children_born, "child", "children")} began`,
    evidence.processes === null ? null : `${plural(evidence.processes, "process runs", "processes run")}`,
  ].filter((fact) => fact !== null);
  const seen = facts.length === 0 ? "What its processes did meanwhile could not be measured" : `Since then ${facts.join(", ")}`;
  const then = {
    kill: `attempt ${attempt} counts as stalled and is ended`,
    interrupt: `attempt ${attempt} counts as stalled and is interrupted`,
    notify: "only noted, as --on-stall notify asks",
  }[on_stall];
  return `No output for ${formatDuration(silent_ms)}: ${then}. ${seen}.`;
}

function stoppingText({ because, attempt }: Of<"mission.stopping">, { next, spoken }: Telling): string | null {
  if (because === "timeout" && spoken !== "timeout") return `Attempt ${attempt} ran longer than its timeout allows and is ended.`;
  if (because === "sweep" && next === undefined) return "The attempt has ended; what it left behind is looked for.";
  return null;
}

function endText(event: Of<"mission.attempt_ended">, sent: Sent | null): string {
  const { attempt, reason, exit_code, signal, uptime_ms, note, leftovers } = event;
  const how = signal === null ? (exit_code === null ? "" : ` with exit code ${exit_code}`) : ` by ${signal}`;
  const after = reason === "lost" || reason === "spawn_error" ? "" : ` after ${formatDuration(uptime_ms)}`;
  const told: Readonly<Record<string, string>> = {
    completed: `ended with success${exit_code ? ` (exit code ${exit_code})` : ""}`,
    failed: `failed${how}`,
    signaled: `was ended${how}`,
    lost: "ended unseen: nobody knows how",
    spawn_error: "could not be started",
  };
  const text = told[reason] ?? `ended${how} (${reason})`;
  const whose = reason === "signaled" ? `, which ${senderOf(signal, sent)}` : "";
  return `Attempt ${attempt} ${text}${after}${whose}${note === undefined || note === null ? "" : `: ${note}`}.${leftoversText(leftovers ?? [])}`;
}

/** Who is behind the signal that ended an attempt: `the command line sent`, `Overmind did not send`. */
export const senderOf = (signal: string | null, sent: Sent | null): string =>
  sent !== null && sent.signal === signal ? `${who(sent.by)} sent` : "Overmind did not send";

function leftoversText(leftovers: readonly Leftover[]): string {
  if (leftovers.length === 0) return "";
  const shown = leftovers.slice(0, 3).map(({ pid, command }) => `${command} (${pid})`);
  const more = leftovers.length > shown.length ? `, and ${leftovers.length - shown.length} more` : "";
  return ` It left ${plural(leftovers.length, "process", "processes")} behind: ${shown.join(", ")}${more}.`;
}

function moveText({ step, to, mission, exit_code, note }: Of<"mission.agent_moved">): string {
  const facts = [mission === undefined ? "" : `mission ${mission}`, exit_code == null ? "" : `exit code ${exit_code}`];
  const shown = facts.filter((fact) => fact !== "").join(", ");
  return `Agent ${step}: ${to}${shown === "" ? "" : ` (${shown})`}${note === undefined ? "" : `, ${note}`}.`;
}

function memberText({ member, strategy, restarts }: Of<"mission.member_crashed">, { called }: Telling): string {
  if (restarts.length === 0) return `Its member ${called(member)} crashed once too often: the group gives up.`;
  const again = restarts.map(called).join(", ");
  return `Its member ${called(member)} crashed; by ${strategy} ${again} ${restarts.length === 1 ? "starts" : "start"} again.`;
}

function finalText({ status, reason, exit_code, signal, ...rest }: Of<"mission.ended">): string {
  const note = "note" in rest && typeof rest.note === "string" ? `: ${rest.note}` : "";
  const how = signal !== null ? `, ${signal}` : exit_code !== null ? `, exit code ${exit_code}` : "";
  // One that is killed on request is killed by reason of being killed.
  const told = `${reason === status ? "" : reason}${how}`.replace(/^, /, "");
  return `${capital(status)}${told === "" ? "" : ` (${told})`}${note}.`;
}

const pidText = (pid: number | null): string => (pid === null ? "" : `, pid ${pid}`);
const times = (count: number): string => (count === 1 ? "once" : count === 2 ? "twice" : `${count} times`);
export const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
