import { isForeignTo, type ProcessLookups, type SweepSubject } from "./find-leftovers.ts";
import { isDeadState, type ProcessStat } from "./identity.ts";

/**
 * All processes at one moment, ordered so that the trees of many attempts are found cheaply. A
 * tree is the agent's session and group and the descendants of shim and agent. Bearers of the
 * attempt's marker that are neither are not looked for: that would read every environment of the
 * machine, and with a subreaper there are none.
 */
export class ProcessForest {
  readonly #byPid: ReadonlyMap<number, ProcessStat>;
  readonly #byParent: ReadonlyMap<number, readonly ProcessStat[]>;
  readonly #bySession: ReadonlyMap<number, readonly ProcessStat[]>;
  readonly #lookups: ProcessLookups;

  constructor(table: readonly ProcessStat[], lookups: ProcessLookups) {
    const living = table.filter(({ pid, state }) => pid > 1 && pid !== lookups.ownPid && !isDeadState(state));
    this.#byPid = new Map(living.map((process) => [process.pid, process]));
    this.#byParent = grouped(living, ({ parent }) => parent);
    this.#bySession = grouped(living, ({ session }) => session);
    this.#lookups = lookups;
  }

  /** The living processes of an attempt, its shim not among them; none of another mission, no daemon. */
  treeOf(subject: SweepSubject): ProcessStat[] {
    const { shim, agent } = subject;
    const roots = [shim, agent].flatMap((root) => {
      const found = root === null ? undefined : this.#byPid.get(root.pid);
      return found !== undefined && found.start === root?.start ? [found] : [];
    });
    const reached = new Map(roots.map((root) => [root.pid, root]));
    for (const process of this.#sessionOf(subject)) this.#reach(process, subject, reached);
    for (const process of reached.values())
      for (const child of this.#byParent.get(process.pid) ?? []) this.#reach(child, subject, reached);
    if (shim !== null) reached.delete(shim.pid);
    return [...reached.values()];
  }

  #reach(process: ProcessStat, subject: SweepSubject, reached: Map<number, ProcessStat>): void {
    if (reached.has(process.pid) || isForeignTo(subject, this.#lookups.markersOf(process.pid))) return;
    reached.set(process.pid, process);
  }

  /** Empty when the session's number may be somebody else's by now. */
  #sessionOf({ agent, isSessionTrusted }: SweepSubject): readonly ProcessStat[] {
    if (agent === null) return [];
    const bearer = this.#byPid.get(agent.pid);
    const isOurs = bearer === undefined ? isSessionTrusted : bearer.start === agent.start;
    return isOurs ? (this.#bySession.get(agent.pid) ?? []) : [];
  }
}

function grouped(processes: readonly ProcessStat[], keyOf: (process: ProcessStat) => number): Map<number, ProcessStat[]> {
  const groups = new Map<number, ProcessStat[]>();
  for (const process of processes) {
    const group = groups.get(keyOf(process));
    if (group) group.push(process);
    else groups.set(keyOf(process), [process]);
  }
  return groups;
}
