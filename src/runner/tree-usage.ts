import type { SweepSubject } from "./find-leftovers.ts";
import type { ProcessIdentity } from "./identity.ts";
import type { ProcessForest } from "./process-tree.ts";
import type { ProcessUsage } from "./process-usage.ts";

/** What the processes of one attempt use at a moment. */
export interface TreeUsage {
  /** Without the shim. */
  readonly processes: readonly ProcessIdentity[];
  /** Processor time since their starts, also of children that ended and were waited for. */
  readonly cpuMs: number;
  /** Sum of the resident bytes; what several share counts for each. */
  readonly memoryBytes: number;
}

/** Measures trees of one moment together: their figures are read in one go. */
export async function measureTrees<Key extends { subject(): SweepSubject }>(
  keys: readonly Key[],
  forest: ProcessForest,
  read: (pids: readonly number[]) => Promise<ReadonlyMap<number, ProcessUsage>>,
): Promise<Map<Key, TreeUsage>> {
  const trees = keys.map((key) => {
    const subject = key.subject();
    return { key, shim: subject.shim, processes: forest.treeOf(subject) };
  });
  const pids = trees.flatMap(({ shim, processes }) => [...(shim === null ? [] : [shim.pid]), ...processes.map(({ pid }) => pid)]);
  const usage = await read(pids);
  return new Map(
    trees.map(({ key, shim, processes }) => {
      const used = processes.flatMap(({ pid }) => usage.get(pid) ?? []);
      // Orphans are waited for by the shim, so their time is told there.
      const byOrphans = shim === null ? 0 : (usage.get(shim.pid)?.cpuMs ?? 0);
      const cpuMs = used.reduce((sum, one) => sum + one.cpuMs, byOrphans);
      return [key, { processes, cpuMs, memoryBytes: used.reduce((sum, one) => sum + one.memoryBytes, 0) }];
    }),
  );
}
