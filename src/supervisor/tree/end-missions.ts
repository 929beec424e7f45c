import { OvermindError } from "../../base/errors.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { LiveMission } from "../live-mission.ts";
import type { MissionIndex } from "../mission-index.ts";

type How = "stop" | "kill";

// A mission that makes a child for each that ends would never be reached.
const mostRounds = 8;

/**
 * Ends a mission, with `cascade` its descendants first, depth first. Resolves when they are final
 * and nothing of them is left; what is final already is left as it is.
 */
export async function endTree(
  index: MissionIndex,
  row: MissionRow,
  how: How,
  { cascade, by }: { readonly cascade: boolean; readonly by: string },
): Promise<void> {
  // A pipeline ends its agents itself: one that ended before it would count as a failure.
  if (cascade && (row.spec as MissionSpec).type !== "blueprint") await endChildren(index, row, how, by);
  const mission = index.findLive(row.id);
  if (mission !== undefined) {
    await endMission(mission, how, by);
    // Made while it was ending.
    if (cascade) await endChildren(index, row, how, by);
    return;
  }
  if (!isFinal(row.status)) {
    throw new OvermindError("not_running", undefined, {
      details: { id: row.id },
      hint: `${row.name} runs in another pid namespace: a daemon there has to end it.`,
    });
  }
}

/** Ends every live mission; answers how many there were. */
export async function endAll(index: MissionIndex, how: How, by: string): Promise<number> {
  const asked = new Set<LiveMission>();
  for (let round = 0; round < mostRounds; round += 1) {
    const live = index.live().filter((mission) => !asked.has(mission));
    if (live.length === 0) break;
    for (const mission of live) asked.add(mission);
    await Promise.all(live.map((mission) => endMission(mission, how, by)));
  }
  return asked.size;
}

/** Children of one parent end side by side; those of a group in reverse start order when they are stopped. */
async function endChildren(index: MissionIndex, parent: MissionRow, how: How, by: string): Promise<void> {
  const isInOrder = (parent.spec as MissionSpec).type === "group" && how === "stop";
  for (let round = 0; round < mostRounds; round += 1) {
    const children = index.childrenOf(parent.id).filter((id) => hasLive(index, id));
    if (children.length === 0) return;
    const end = async (id: string) => {
      const child = index.findRow(id);
      if (child !== undefined) await endTree(index, child, how, { cascade: true, by });
    };
    if (isInOrder) for (const id of children.toReversed()) await end(id);
    else await Promise.all(children.map(end));
  }
}

/** Whether the mission or one of its descendants has not ended. */
function hasLive(index: MissionIndex, id: string): boolean {
  const row = index.findRow(id);
  return row !== undefined && (!isFinal(row.status) || index.childrenOf(id).some((child) => hasLive(index, child)));
}

async function endMission(mission: LiveMission, how: How, by: string): Promise<void> {
  mission.request({ type: how === "kill" ? "kill.requested" : "stop.requested", by });
  await mission.until((row) => isFinal(row.status));
}
