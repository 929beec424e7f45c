import type { Dependency } from "./blueprint.ts";

/** What ordering needs to know of an agent. */
export interface Node {
  readonly name: string;
  readonly dependsOn: readonly Dependency[];
  readonly isFinally: boolean;
}
export type Nodes<N extends Node = Node> = ReadonlyMap<string, N>;

/** The agents along the first ring of dependencies, its first one again at the end; null where there is none. */
export function findCycle(nodes: Nodes): readonly string[] | null {
  const done = new Set<string>();
  for (const name of nodes.keys()) {
    const ring = done.has(name) ? null : cycleFrom(name, nodes, done);
    if (ring !== null) return ring;
  }
  return null;
}

/**
 * Agents in waves: each agent stands in the first wave after all it depends on; those that run
 * `finally` come after all others. The graph must hold no cycle.
 */
export function wavesOf<N extends Node>(nodes: Nodes<N>): readonly (readonly N[])[] {
  const levels = new Map<string, number>();
  const ordered = inOrder(nodes);
  const [others, last] = [ordered.filter((node) => !node.isFinally), ordered.filter((node) => node.isFinally)];
  for (const node of others) levels.set(node.name, levelOf(node, levels, 0));
  const floor = Math.max(-1, ...levels.values()) + 1;
  for (const node of last) levels.set(node.name, levelOf(node, levels, floor));
  const waves: N[][] = Array.from({ length: Math.max(-1, ...levels.values()) + 1 }, () => []);
  for (const node of nodes.values()) waves[levels.get(node.name) ?? 0]?.push(node);
  return waves;
}

/** Agents so that each comes after all it depends on; otherwise in the order given. No cycle. */
export function inOrder<N extends Node>(nodes: Nodes<N>): readonly N[] {
  const ordered: N[] = [];
  const seen = new Set<string>();
  for (const first of nodes.keys()) {
    const way: { readonly node: N | undefined; next: number }[] = [];
    const enter = (name: string) => {
      if (seen.has(name)) return;
      seen.add(name);
      way.push({ node: nodes.get(name), next: 0 });
    };
    enter(first);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const dependency = top.node?.dependsOn[top.next];
      top.next += 1;
      if (dependency !== undefined) enter(dependency.agent);
      else {
        way.pop();
        if (top.node !== undefined) ordered.push(top.node);
      }
    }
  }
  return ordered;
}

export interface CriticalPath {
  readonly agents: readonly string[];
  readonly ms: number;
}

/** The chain of dependencies that takes longest; agents without a known duration count as 0. Null when none is known. */
export function criticalPath(nodes: Nodes, durationsMs: ReadonlyMap<string, number>): CriticalPath | null {
  let [last, longestMs]: [string | null, number] = [null, 0];
  const paths = new Map<string, { readonly ms: number; readonly before: string | null }>();
  for (const { name, dependsOn } of inOrder(nodes)) {
    const before = dependsOn.reduce<string | null>(
      (most, { agent }) => ((paths.get(agent)?.ms ?? 0) > (most === null ? 0 : (paths.get(most)?.ms ?? 0)) ? agent : most),
      null,
    );
    const ms = (before === null ? 0 : (paths.get(before)?.ms ?? 0)) + (durationsMs.get(name) ?? 0);
    paths.set(name, { ms, before });
    // What takes no time at all is on the way nevertheless.
    if (ms > longestMs || (last !== null && before === last)) [last, longestMs] = [name, ms];
  }
  return last === null ? null : { agents: wayTo(last, paths), ms: longestMs };
}

function wayTo(name: string, paths: ReadonlyMap<string, { readonly before: string | null }>): string[] {
  const way: string[] = [];
  for (let at: string | null | undefined = name; at != null; at = paths.get(at)?.before) way.push(at);
  return way.reverse();
}

const levelOf = (node: Node, levels: ReadonlyMap<string, number>, floor: number): number =>
  node.dependsOn.reduce((level, { agent }) => Math.max(level, (levels.get(agent) ?? -1) + 1), floor);

/** Iterative, so that a chain of thousands does not exhaust the stack. */
function cycleFrom(first: string, nodes: Nodes, done: Set<string>): readonly string[] | null {
  const way: { readonly name: string; next: number }[] = [];
  const onWay = new Set<string>();
  const enter = (name: string) => {
    way.push({ name, next: 0 });
    onWay.add(name);
  };
  enter(first);
  for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
    const next = nodes.get(top.name)?.dependsOn[top.next]?.agent;
    top.next += 1;
    if (next === undefined) {
      done.add(top.name);
      onWay.delete(top.name);
      way.pop();
    } else if (onWay.has(next)) return [...way.map(({ name }) => name).slice(way.findIndex(({ name }) => name === next)), next];
    else if (!done.has(next) && nodes.has(next)) enter(next);
  }
  return null;
}
