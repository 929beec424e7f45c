import { OvermindError } from "../base/errors.ts";
import { isFinal } from "../protocol/mission.ts";
import type { MissionRow } from "../store/rows.ts";
import type { LiveMission } from "./live-mission.ts";
import type { MissionIndex } from "./mission-index.ts";

/**
 * Ends a mission, with `cascade` its descendants first, depth first. Resolves when they are final
 * and nothing of them is left; what is final already is left as it is.
 */
export async function endTree(
  index: MissionIndex,
  row: MissionRow,
  how: "stop" | "kill",
  { cascade, by }: { readonly cascade: boolean; readonly by: string },
): Promise<void> {
  if (cascade) {
    const children = index.childrenOf(row.id).map((id) => index.row(id));
    await Promise.all(children.map((child) => endTree(index, child, how, { cascade, by })));
  }
  const mission = index.findLive(row.id);
  if (mission !== undefined) return endMission(mission, how, by);
  if (!isFinal(row.status)) {
    throw new OvermindError("not_running", undefined, {
      details: { id: row.id },
      hint: `${row.name} runs in another pid namespace: a daemon there has to end it.`,
    });
  }
}

/** Ends every live mission; answers how many there were. */
export async function endAll(index: MissionIndex, how: "stop" | "kill", by: string): Promise<number> {
  const live = index.live();
  await Promise.all(live.map((mission) => endMission(mission, how, by)));
  return live.length;
}

async function endMission(mission: LiveMission, how: "stop" | "kill", by: string): Promise<void> {
  mission.request({ type: how === "kill" ? "kill.requested" : "stop.requested", by });
  await mission.until((row) => isFinal(row.status));
}
