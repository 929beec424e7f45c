import { isFinal, type MissionView } from "../protocol/mission.ts";

/**
 * Ids of what newer runs have taken the place of: ended pipelines with a newer one of the same name, ended agents with
 * a newer one of the same name in the same pipeline (a retry, a next try), and all below them that has ended.
 *
 * @param missions oldest first
 */
export function formerRuns(missions: readonly MissionView[]): ReadonlySet<string> {
  const parents = new Map(missions.map((mission) => [mission.id, mission]));
  const newest = new Map(missions.map((mission) => [keyOf(mission, parents), mission.id]));
  const former = new Set<string>();
  // A child is made after its parent.
  for (const mission of missions) {
    if (!isFinal(mission.status)) continue;
    const key = keyOf(mission, parents);
    const isReplaced = key !== null && newest.get(key) !== mission.id;
    if (isReplaced || (mission.parent !== null && former.has(mission.parent))) former.add(mission.id);
  }
  return former;
}

/** Null: of this one there are no runs. */
function keyOf({ name, type, parent }: MissionView, missions: ReadonlyMap<string, MissionView>): string | null {
  const pipeline = parent === null ? undefined : missions.get(parent);
  if (pipeline?.type !== "blueprint") return type === "blueprint" ? JSON.stringify([parent, name]) : null;
  // It bears the pipeline's name too where another mission held its own.
  return JSON.stringify([parent, name.startsWith(`${pipeline.name}.`) ? name.slice(pipeline.name.length + 1) : name]);
}
