import type { MissionSpec } from "../../mission/spec.ts";
import type { MissionRow } from "../../store/rows.ts";

/** One of the missions that an agent of a blueprint with `replicas`, `matrix` or `foreach` is run as. */
export interface Instance {
  readonly id: string;
  readonly name: string;
}

/** How missions are looked up. */
export interface InstanceIndex {
  findRow(reference: string): MissionRow | undefined;
  childrenOf(id: string): string[];
}

/**
 * The missions of an agent that is run more than once, in the order of their numbers; of each number
 * the newest. Empty where no pipeline has such an agent.
 *
 * @param agent its name, which no mission bears itself
 */
export function instancesOf(index: InstanceIndex, agent: string): readonly Instance[] {
  const parent = index.findRow(`${agent}-1`)?.parent ?? null;
  const pipeline = parent === null ? undefined : index.findRow(parent);
  if (pipeline === undefined || (pipeline.spec as MissionSpec).type !== "blueprint") return [];
  const found = new Map<number, Instance>();
  // Oldest first: later ones take the place of those that were tried before.
  for (const child of index.childrenOf(pipeline.id)) {
    const row = index.findRow(child);
    const number = row === undefined ? null : numberOf(row.name, agent, pipeline.name);
    if (row !== undefined && number !== null) found.set(number, { id: row.id, name: row.name });
  }
  return [...found].sort(([left], [right]) => left - right).map(([, instance]) => instance);
}

const shownInstances = 8;

/** Names as a sentence holds them: the first few, and how many there are. */
export function instancesInWords(instances: readonly Instance[]): string {
  const names = instances.slice(0, shownInstances).map(({ name }) => name);
  const more = instances.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** While another live mission holds its name, an agent's mission bears the pipeline's before it. */
function numberOf(name: string, agent: string, pipeline: string): number | null {
  const own = name.startsWith(`${agent}-`) ? name : name.replace(`${pipeline}.`, "");
  const number = own.startsWith(`${agent}-`) ? own.slice(agent.length + 1) : "";
  return /^[1-9]\d*$/.test(number) ? Number(number) : null;
}
