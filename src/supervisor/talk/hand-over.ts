import { OvermindError } from "../../base/errors.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { LiveMission } from "../live-mission.ts";

/** Whether a person can go on with the mission's conversation in the agent's own program. */
export const canHandOver = ({ spec, agent }: LiveMission): boolean =>
  spec.type === "session" && agent?.provider.capabilities.attach === true;

/** Whether its agent has ended for that, and it waits to be given back. */
export const isHandedOver = (mission: LiveMission): boolean =>
  mission.row.status === "paused" && mission.attempt === null && mission.agent !== null;

/**
 * Ends a session's agent politely, so that a person can go on with its conversation; one that is
 * handed over stays so. Resolves when nothing of the agent is left.
 *
 * @throws OvermindError not_running where it ended for good
 */
export async function handOver(mission: LiveMission, by: string, signal?: AbortSignal): Promise<void> {
  while (!isHandedOver(mission)) {
    await mission.until(({ status }) => ["running", "waiting", "paused"].includes(status) || isFinal(status), signal);
    const { status } = mission.row;
    if (isFinal(status)) throw new OvermindError("not_running", undefined, { hint: `${mission.name} is ${status}.` });
    // It stands still with its process: what stands still cannot end politely.
    if (status === "paused") mission.request({ type: "unpause.requested", by });
    mission.request({ type: "handover.requested", by });
    await mission.until((row) => row.status !== "running" && row.status !== "waiting" && row.status !== "stopping", signal);
  }
}
