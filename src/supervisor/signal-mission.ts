import { OvermindError } from "../base/errors.ts";
import type { LiveMission } from "./live-mission.ts";

/**
 * Sends a signal to a mission's process group.
 *
 * @throws OvermindError not_running, and paused where SIGCONT would let some of its tree go on
 *   while all else says that it stands still
 */
export function signalMission(mission: LiveMission, signal: NodeJS.Signals, by: string): void {
  if (signal === "SIGCONT" && mission.row.status === "paused")
    throw new OvermindError("paused", undefined, { hint: `Let all of it go on: overmind unpause ${mission.name}` });
  if (mission.attempt?.agent == null || !mission.attempt.signalGroup(signal)) throw new OvermindError("not_running");
  mission.noteSignal(signal, by);
}
