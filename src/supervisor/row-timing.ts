import { type BootMoment, elapsed } from "../base/boot-moment.ts";
import type { MissionEvent } from "../events/domain-event.ts";
import type { MissionRow, Timing } from "../store/rows.ts";
import { type RowChange, rowChange } from "./facts-of-event.ts";

/**
 * What a row keeps of its times on the clock that nobody can set, after an event: wall times alone
 * would let a clock that is set while no daemon runs move a backoff. Undefined: nothing changes.
 */
export function timingAfter(event: MissionEvent, row: MissionRow, now: BootMoment): Timing | null | undefined {
  // What was noted before the machine was started again measures nothing any more.
  const former = row.timing?.boot === now.boot ? row.timing : { boot: now.boot };
  switch (event.type) {
    case "mission.starting":
      return row.timing === null ? undefined : null;
    case "mission.started":
      return { ...former, startedMs: now.ms };
    case "mission.backing_off":
      return { ...former, retryMs: now.ms + event.delay_ms };
    case "mission.paused":
      return { ...former, pausedSinceMs: now.ms };
    case "mission.unpaused": {
      const { pausedSinceMs = now.ms, pausedMs = 0, ...rest } = former;
      return { ...rest, pausedMs: pausedMs + now.ms - pausedSinceMs };
    }
    default:
      return undefined;
  }
}

/** `rowChange` with what the row keeps of its times. */
export function timedChange(event: MissionEvent, row: MissionRow, now: BootMoment, wall: number): RowChange {
  const change = rowChange(event, row, wall);
  const timing = timingAfter(event, row, now);
  if (change.mission === undefined) return change;
  const ended = event.type === "mission.attempt_ended" ? { last_activity: row.last_activity } : {};
  return { ...change, mission: { ...change.mission, ...(timing === undefined ? {} : { timing }), ...ended } };
}

/** Milliseconds since a mission was made. */
export const ageOf = (
  row: MissionRow,
  { createdMoment }: { readonly createdMoment?: BootMoment },
  now: BootMoment,
  wall: number,
) => elapsed(createdMoment, now, wall - row.created_at);

/**
 * Milliseconds that a row's attempt has run; 0 where its start is not known.
 *
 * @param wall epoch ms
 */
export function ranMs({ timing, started_at }: MissionRow, now: BootMoment, wall: number): number {
  const then = timing?.startedMs === undefined ? null : { boot: timing.boot, ms: timing.startedMs };
  if (then === null && started_at === null) return 0;
  return elapsed(then, now, wall - (started_at ?? wall));
}

/** How much of that it was paused, with a pause that still lasts. */
export function pausedMs({ timing }: MissionRow, now: BootMoment): number {
  if (timing?.boot !== now.boot) return 0;
  return (timing.pausedMs ?? 0) + (timing.pausedSinceMs === undefined ? 0 : Math.max(0, now.ms - timing.pausedSinceMs));
}

/**
 * Milliseconds until a row's backoff has passed.
 *
 * @param wall epoch ms
 * @param longestMs what the rule can give: a wall clock that was set back must not stretch it beyond
 */
export function backoffLeft({ timing, retry_at }: MissionRow, now: BootMoment, wall: number, longestMs: number): number {
  const isNoted = timing?.boot === now.boot && timing.retryMs !== undefined;
  const leftMs = isNoted ? (timing.retryMs ?? 0) - now.ms : (retry_at ?? wall) - wall;
  return Math.min(Math.max(0, leftMs), longestMs);
}
