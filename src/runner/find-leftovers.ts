import { isDeadState, type ProcessIdentity, type ProcessStat } from "./identity.ts";
import type { ProcessMarkers } from "./process-table.ts";

/** Whose leftovers are looked for. */
export interface SweepSubject {
  readonly mission: string;
  readonly home: string;
  /** The attempt's shim while it is known to run. */
  readonly shim: ProcessIdentity | null;
  /** The agent, ended or not; null when it never ran in this boot and pid namespace. */
  readonly agent: ProcessIdentity | null;
  /** Whether this daemon saw the agent run, so that its session number cannot be somebody else's by now. */
  readonly isSessionTrusted: boolean;
}

export interface ProcessLookups {
  markersOf(pid: number): ProcessMarkers;
  /** The daemon that asks. */
  readonly ownPid: number;
}

/**
 * The processes that belong to an attempt: its session and group, the descendants of shim and
 * agent, and every bearer of its marker. Only the union finds all: a tool may leave its session,
 * lose its parent or clear its environment, seldom all three.
 *
 * Never among them: pid 1, the asking daemon, any daemon, zygote or shim, whatever is reached
 * only through one of these, and processes that bear another mission's marker.
 */
export function findLeftovers(table: readonly ProcessStat[], subject: SweepSubject, lookups: ProcessLookups): ProcessStat[] {
  const living = table.filter((process) => process.pid > 1 && process.pid !== lookups.ownPid && !isDeadState(process.state));
  const markers = remembered((pid) => lookups.markersOf(pid));
  const isForeign = (process: ProcessStat) => isForeignTo(subject, markers(process.pid));
  const found = new Map<number, ProcessStat>();
  const add = (process: ProcessStat) => {
    if (process.pid !== subject.shim?.pid && !isForeign(process)) found.set(process.pid, process);
  };

  for (const process of descendantsOf(rootsOf(living, subject), living, isForeign)) add(process);
  for (const process of living) {
    const { mission, home } = markers(process.pid);
    if (isOfSession(process, living, subject) || (mission === subject.mission && home === subject.home)) add(process);
  }
  return [...found.values()];
}

/** What a process started from `kept` is kept too: ending the panes of a kept tmux server would be absurd. */
export function withDescendants(kept: readonly ProcessStat[], table: readonly ProcessStat[]): Set<number> {
  return new Set(descendantsOf(kept, table, () => false).map((process) => process.pid));
}

/** Whether these markers tell of a daemon, a zygote, a shim, or of another mission. */
export function isForeignTo(subject: SweepSubject, { daemon, mission, home }: ProcessMarkers): boolean {
  if (daemon !== null) return true;
  return mission !== null && (mission !== subject.mission || (home !== null && home !== subject.home));
}

function rootsOf(living: readonly ProcessStat[], { shim, agent }: SweepSubject): ProcessStat[] {
  return living.filter((process) =>
    [shim, agent].some((root) => root !== null && root.pid === process.pid && root.start === process.start),
  );
}

/** The roots and all below them, without what `isBarred` and what is reached only through that. Roots are never barred. */
function descendantsOf(
  roots: readonly ProcessStat[],
  table: readonly ProcessStat[],
  isBarred: (process: ProcessStat) => boolean,
): ProcessStat[] {
  const children = groupByParent(table);
  const reached = new Map(roots.map((root) => [root.pid, root]));
  for (const process of reached.values()) {
    for (const child of children.get(process.pid) ?? []) {
      if (!reached.has(child.pid) && !isBarred(child)) reached.set(child.pid, child);
    }
  }
  return [...reached.values()];
}

function groupByParent(table: readonly ProcessStat[]): Map<number, ProcessStat[]> {
  const groups = new Map<number, ProcessStat[]>();
  for (const process of table) {
    const siblings = groups.get(process.parent);
    if (siblings) siblings.push(process);
    else groups.set(process.parent, [process]);
  }
  return groups;
}

/** Whether a process is of the agent's session or group, and that number still means the agent's. */
function isOfSession(
  process: ProcessStat,
  living: readonly ProcessStat[],
  { shim, agent, isSessionTrusted }: SweepSubject,
): boolean {
  // The session of an agent with a terminal is its shim's.
  if (shim !== null && process.session === shim.pid) return true;
  if (agent === null || (process.session !== agent.pid && process.group !== agent.pid)) return false;
  const bearer = living.find((other) => other.pid === agent.pid);
  return bearer === undefined ? isSessionTrusted : bearer.start === agent.start;
}

function remembered<Value>(look: (pid: number) => Value): (pid: number) => Value {
  const seen = new Map<number, Value>();
  return (pid) => {
    const known = seen.get(pid);
    if (known !== undefined) return known;
    const value = look(pid);
    seen.set(pid, value);
    return value;
  };
}
