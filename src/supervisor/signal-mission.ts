import { OvermindError } from "../base/errors.ts";
import { signalName } from "../base/signals.ts";
import type { LiveMission } from "./live-mission.ts";

/**
 * Sends a signal to a mission's process group.
 *
 * @throws OvermindError not_running; paused where it would let some of a tree go on; invalid_argument for no signal
 */
export function signalMission(mission: LiveMission, signal: string, by: string): void {
  const name = signalName(signal, "signal");
  // It would let some of the tree go on, while all else says that it stands still.
  if (name === "SIGCONT" && mission.row.status === "paused")
    throw new OvermindError("paused", undefined, { hint: `Let all of it go on: overmind unpause ${mission.name}` });
  if (mission.attempt?.agent == null || !mission.attempt.signalGroup(name)) throw new OvermindError("not_running");
  mission.noteSignal(name, by);
}
