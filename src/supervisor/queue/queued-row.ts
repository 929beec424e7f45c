import type { MissionEvent } from "../../events/domain-event.ts";
import type { MissionPatch, MissionRow } from "../../store/rows.ts";
import type { QueueWaiting } from "./queue-types.ts";

/** The row of a mission that waits in the queue, where it differs from that of one that starts. */
export const queuedRow = ({ waitingFor, until }: QueueWaiting) =>
  ({ status: "queued", waiting_for: waitingFor, until }) as const satisfies MissionPatch;

/** The row of one that has ended and waits for its next attempt. */
export function queuedAgain(row: MissionRow, waiting: QueueWaiting) {
  return {
    ...queuedRow(waiting),
    attempt: row.attempt + 1,
    history: null,
    wish: null,
    reason: null,
    retry_at: null,
    started_at: null,
    ended_at: null,
    exit_code: null,
    signal: null,
    os_pid: null,
  } as const satisfies MissionPatch;
}

export const queuedEvent = ({ waitingFor, until, note }: QueueWaiting): MissionEvent => ({
  type: "mission.queued",
  waiting_for: waitingFor,
  until,
  note,
});
