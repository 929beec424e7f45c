import { OvermindError } from "../base/errors.ts";
import { isFinal } from "../protocol/mission.ts";
import type { MissionRow } from "../store/rows.ts";
import type { LiveMission } from "./live-mission.ts";

/**
 * Ends the running attempt, if any, as `stop` does, and starts the next one. Resolves when that has begun.
 *
 * @param live undefined: it has ended, and `revive` starts it again
 * @throws OvermindError not_running where it has not started yet, or a stop came first
 */
export async function restartMission(
  row: MissionRow,
  live: LiveMission | undefined,
  by: string,
  revive: () => LiveMission,
): Promise<void> {
  if (live?.row.status === "queued")
    throw new OvermindError("not_running", undefined, { hint: `${row.name} has not started yet.` });
  const mission = live ?? revive();
  if (live !== undefined) live.request({ type: "restart.requested", by });
  await mission.until((now) => isFinal(now.status) || (now.attempt > row.attempt && now.status !== "starting"));
  if (mission.row.attempt > row.attempt) return;
  throw new OvermindError("not_running", undefined, { hint: `${row.name} was stopped meanwhile, which wins over a restart.` });
}
