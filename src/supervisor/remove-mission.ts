import { asOvermindError, OvermindError } from "../base/errors.ts";
import { faultPoint } from "../base/fault-points.ts";
import { isFinal } from "../protocol/mission.ts";
import type { MissionRow } from "../store/rows.ts";
import { removeMissionFiles } from "./mission-files.ts";
import type { Surroundings } from "./surroundings.ts";

const firstRetryMs = 1000;
const longestRetryMs = 60_000;

/**
 * Forgets a finished mission: its row and its files. Its events stay.
 *
 * @throws OvermindError still_live
 */
export function removeMission(row: MissionRow, around: Surroundings): void {
  const { journal, monitor, paths, reserve } = around;
  if (!isFinal(row.status)) {
    throw new OvermindError("still_live", `mission ${row.name} (${row.id}) has not ended yet`, {
      details: { id: row.id, status: row.status },
      hint: `Stop it first: overmind stop ${row.name}`,
    });
  }
  const removal = () => journal.intend([{ ...journal.fact(row.id, { type: "mission.removed" }), removes: true }]);
  try {
    removal();
  } catch (error) {
    if (asOvermindError(error).code !== "disk_full") throw error;
    // What makes room must work without any: the files go first, and the row with the room that they and the reserve leave.
    removeMissionFiles(paths, row.id);
    reserve.free();
    journal.makeRoom();
    removal();
  }
  FAULT: faultPoint("after_removal");
  monitor.forget(row.id);
  removeFiles(row.id, around);
  reserve.keep();
}

/** It is forgotten whether or not its files can be removed now: they go as soon as that can be done. */
function removeFiles(id: string, around: Surroundings, retryMs = firstRetryMs): void {
  try {
    removeMissionFiles(around.paths, id);
  } catch (error) {
    around.log.warn({ err: error, mission: id }, "the files of a mission that is forgotten cannot be removed yet");
    around.clock.after(retryMs, () => removeFiles(id, around, Math.min(2 * retryMs, longestRetryMs)));
  }
}
