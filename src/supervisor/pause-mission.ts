import { OvermindError } from "../base/errors.ts";
import type { LiveMission } from "./live-mission.ts";
import { canHandOver, handOver } from "./talk/hand-over.ts";
import { goOn } from "./waiting-mission.ts";

/** What a pause answers: where, and as which conversation, a person can take over. */
export interface PausedMission {
  readonly session_id: string | null;
  readonly cwd: string;
}

/**
 * Stops a running mission's whole tree where it stands; one that is paused stays so. A session whose
 * conversation can be opened elsewhere ends its agent instead, and goes on with it when it is unpaused.
 *
 * @throws OvermindError not_running
 */
export async function pauseMission(mission: LiveMission, by: string): Promise<PausedMission> {
  if (canHandOver(mission) && mission.row.session_id !== null) {
    if (!["running", "waiting", "paused"].includes(mission.row.status)) throw notRunning(mission);
    await handOver(mission, by);
  } else if (mission.row.status !== "paused") {
    // Only what has a process of its own can be stopped where it stands.
    if (mission.row.status !== "running" || mission.attempt === null) throw notRunning(mission);
    mission.request({ type: "pause.requested", by });
  }
  return { session_id: mission.row.session_id, cwd: mission.spec.cwd };
}

/**
 * Lets a paused mission go on, or one that waits for a limit; one that runs goes on anyway.
 *
 * @throws OvermindError not_running
 */
export function unpauseMission(mission: LiveMission, by: string): void {
  const { status, waiting_for, name } = mission.row;
  if (waiting_for === "budget") {
    throw new OvermindError("not_running", undefined, { hint: `Its budget is spent: raise it with overmind budget ${name}.` });
  }
  if (waiting_for === "limit" && (status === "queued" || status === "waiting")) goOn(mission, by);
  else if (mission.row.status === "paused") mission.request({ type: "unpause.requested", by });
  else if (mission.row.status !== "running") throw notRunning(mission);
}

function notRunning({ id, name, row }: LiveMission): OvermindError {
  return new OvermindError("not_running", undefined, {
    details: { id, status: row.status },
    hint:
      row.status === "running"
        ? `${name} runs nothing itself: pause its members, which overmind ps --children ${name} lists.`
        : `${name} is ${row.status}.`,
  });
}
