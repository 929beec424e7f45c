import type { MissionEvent } from "../events/domain-event.ts";
import { finalStatusOf } from "./classify-end.ts";
import type { MachineEvent, MissionContext } from "./machine-types.ts";
import { causeOf, endOf, finalReason, requesterOf } from "./mission-context.ts";

// What the machine tells the world, one function an event.
interface Moment {
  readonly context: MissionContext;
  readonly event: MachineEvent;
}

export function wishEvent({ event }: Moment): MissionEvent {
  const wish = wishes.get(event.type) ?? "stop";
  return { type: "mission.stop_requested", wish, by: requesterOf(event), cause: causeOf(event) };
}

const wishes: ReadonlyMap<string, "kill" | "restart" | "handover"> = new Map([
  ["kill.requested", "kill"],
  ["restart.requested", "restart"],
  ["handover.requested", "handover"],
]);

export const queuedEvent = ({ event }: Moment): MissionEvent => ({
  type: "mission.queued",
  waiting_for: event.type === "queue.moved" ? event.waitingFor : "slot",
  until: event.type === "queue.moved" ? event.until : null,
  note: event.type === "queue.moved" ? event.note : "",
});

export const pausedEvent = ({ context, event }: Moment): MissionEvent => ({
  type: "mission.paused",
  attempt: context.attempt,
  by: requesterOf(event),
});

export const unpausedEvent = ({ context, event }: Moment): MissionEvent => ({
  type: "mission.unpaused",
  attempt: context.attempt,
  by: requesterOf(event),
});

export const handedOverEvent = ({ context, event }: Moment): MissionEvent => ({
  type: "mission.handed_over",
  attempt: context.attempt,
  by: requesterOf(event),
});

export const waitingEvent = ({ context }: Moment): MissionEvent => ({
  type: "mission.waiting",
  attempt: context.attempt,
  waiting_for: context.waits?.waitingFor ?? "answer",
  until: context.waits?.until ?? null,
  note: context.waits?.note ?? "",
});

export const resumedEvent = ({ context, event }: Moment): MissionEvent => ({
  type: "mission.resumed",
  attempt: context.attempt,
  by: requesterOf(event),
});

export const stalledEvent = ({ context, event }: Moment): MissionEvent => ({
  type: "mission.stalled",
  attempt: context.attempt,
  silent_ms: event.type === "stall.detected" ? event.silentMs : 0,
  on_stall: context.policy.onStall,
  evidence: event.type === "stall.detected" ? event.evidence : { cpu_ms: null, children_born: null, processes: null },
});

export const memoryEvent = ({ context, event }: Moment): MissionEvent => ({
  type: "mission.memory_exceeded",
  attempt: context.attempt,
  bytes: event.type === "memory.exceeded" ? event.bytes : 0,
  limit: context.policy.memoryMaxBytes ?? 0,
});

export const deadlineEvent = ({ context }: Moment): MissionEvent => ({
  type: "mission.deadline_passed",
  deadline_ms: context.policy.deadlineMs ?? 0,
});

export const stoppingEvent = ({ context }: Moment): MissionEvent => ({
  type: "mission.stopping",
  attempt: context.attempt,
  because: context.wish ?? "sweep",
});

export const startedEvent = ({ context, event }: Moment): MissionEvent => ({
  type: event.type === "process.started" && event.isAdopted ? "mission.adopted" : "mission.started",
  attempt: context.attempt,
  os_pid: event.type === "process.started" ? event.osPid : null,
});

export const endEvent = ({ context }: Moment): MissionEvent => ({
  type: "mission.attempt_ended",
  uptime_ms: Math.round(context.uptimeMs),
  ...endOf(context),
});

export const backoffEvent = ({ context }: Moment): MissionEvent => ({
  type: "mission.backing_off",
  attempt: context.attempt,
  restart: context.restarts + 1,
  delay_ms: context.delayMs,
  retry_at: context.now() + context.delayMs,
  history: context.history,
});

export const giveUpEvent = ({ context }: Moment): MissionEvent => ({
  type: "mission.gave_up",
  attempt: context.attempt,
  restarts: context.decision?.kind === "give_up" ? context.decision.restarts : 0,
  within_seconds: context.policy.maxSeconds,
});

export function finalEvent({ context }: Moment): MissionEvent {
  const { exit_code, signal, note } = endOf(context);
  const reason = finalReason(context);
  return {
    type: "mission.ended",
    attempt: context.attempt,
    status: finalStatusOf(reason, context.wish),
    reason,
    exit_code,
    signal,
    ...(reason === "dependency" && note !== undefined ? { note } : {}),
    ...(context.decision?.kind === "withheld" ? { note: "its group gives up, so it does not start again" } : {}),
  };
}
