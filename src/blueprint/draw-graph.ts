import type { Agent, Condition } from "./blueprint.ts";
import { wavesOf } from "./graph.ts";

export const graphFormats = ["ascii", "mermaid", "dot", "json"] as const;
export type GraphFormat = (typeof graphFormats)[number];

export interface GraphView {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly condition: Condition }[];
}

export interface GraphNode {
  readonly name: string;
  readonly type: string;
  /** From 1. */
  readonly wave: number;
  readonly finally: boolean;
  /** How many of it run; null: as many as a list has that is made on the way. */
  readonly instances: number | null;
  /** Where it runs: its status now. */
  readonly status: string | null;
}

type Agents = ReadonlyMap<string, Agent>;
/** The status of agents by name, when the blueprint runs. */
export type Statuses = ReadonlyMap<string, string>;

/** A graph of agents as text. */
export const drawGraph = (agents: Agents, format: GraphFormat, statuses: Statuses = new Map()): string =>
  drawView(graphView(agents, statuses), format);

export function drawView(view: GraphView, format: GraphFormat): string {
  switch (format) {
    case "json":
      return JSON.stringify(view);
    case "mermaid":
      return mermaid(view);
    case "dot":
      return dot(view);
    case "ascii":
      return tree(view);
  }
}

export function graphView(agents: Agents, statuses: Statuses = new Map()): GraphView {
  const nodes = wavesOf(agents).flatMap((wave, level) => wave.map((agent) => nodeOf(agent, level + 1, statuses)));
  const edges = [...agents.values()].flatMap(({ name, dependsOn }) =>
    dependsOn.map(({ agent, condition }) => ({ from: agent, to: name, condition })),
  );
  return { nodes, edges };
}

const nodeOf = (agent: Agent, wave: number, statuses: Statuses): GraphNode => ({
  name: agent.name,
  type: agent.type,
  wave,
  finally: agent.isFinally,
  instances: instancesOf(agent),
  status: statuses.get(agent.name) ?? null,
});

/** How many processes an agent has; null: its list is made on the way. */
export function instancesOf({ fanOut }: Agent): number | null {
  if (fanOut === null) return 1;
  if (fanOut.is === "replicas") return fanOut.count;
  if (fanOut.is === "matrix") return fanOut.combinations.length;
  return "parts" in fanOut.items ? null : fanOut.items.length;
}

/** `name (service, x3, finally, running)`: only what is not plain. */
function labelOf({ name, type, instances, finally: isLast, status }: GraphNode): string {
  const words = [
    ...(type === "task" ? [] : [type]),
    ...(instances === 1 ? [] : [`x${instances ?? "n"}`]),
    ...(isLast ? ["finally"] : []),
    ...(status === null ? [] : [status]),
  ];
  return words.length === 0 ? name : `${name} (${words.join(", ")})`;
}

function mermaid({ nodes, edges }: GraphView): string {
  const ids = new Map(nodes.map(({ name }, index) => [name, `n${index}`]));
  return [
    "flowchart LR",
    ...nodes.map((node) => `  ${ids.get(node.name)}["${labelOf(node)}"]`),
    ...edges.map(
      ({ from, to, condition }) => `  ${ids.get(from)} -->${condition === "completed" ? "" : `|${condition}|`} ${ids.get(to)}`,
    ),
  ].join("\n");
}

function dot({ nodes, edges }: GraphView): string {
  return [
    "digraph blueprint {",
    "  rankdir=LR;",
    "  node [shape=box];",
    ...nodes.map((node) => `  "${node.name}" [label="${labelOf(node)}"];`),
    ...edges.map(
      ({ from, to, condition }) => `  "${from}" -> "${to}"${condition === "completed" ? "" : ` [label="${condition}"]`};`,
    ),
    "}",
  ].join("\n");
}

/**
 * Each agent once, below the last of those it waits for; the others are named beside it. What runs
 * finally and waits for nothing stands at the end.
 */
function tree({ nodes, edges }: GraphView): string {
  const waves = new Map(nodes.map(({ name, wave }) => [name, wave]));
  const needs = new Map<string, { from: string; condition: Condition }[]>(nodes.map(({ name }) => [name, []]));
  for (const edge of edges) needs.get(edge.to)?.push(edge);
  const below = new Map<string | null, GraphNode[]>();
  for (const node of nodes) {
    const parent = latest(needs.get(node.name) ?? [], waves);
    below.set(parent, [...(below.get(parent) ?? []), node]);
  }
  const lines: string[] = [];
  const place = (parent: string | null, stem: string): void => {
    const siblings = below.get(parent) ?? [];
    siblings.forEach((node, index) => {
      const isLast = index === siblings.length - 1;
      const branch = parent === null ? "" : `${stem}${isLast ? "└─ " : "├─ "}`;
      lines.push(`${branch}${labelOf(node)}${waitsFor(needs.get(node.name) ?? [], parent)}`);
      place(node.name, parent === null ? "" : `${stem}${isLast ? "   " : "│  "}`);
    });
  };
  place(null, "");
  return lines.join("\n");
}

function latest(needs: readonly { readonly from: string }[], waves: ReadonlyMap<string, number>): string | null {
  return needs.reduce<string | null>(
    (last, { from }) => (last === null || (waves.get(from) ?? 0) > (waves.get(last) ?? 0) ? from : last),
    null,
  );
}

function waitsFor(needs: readonly { readonly from: string; readonly condition: Condition }[], parent: string | null): string {
  const own = needs.find(({ from }) => from === parent);
  const others = needs.filter(({ from }) => from !== parent).map(({ from, condition }) => from + conditionText(condition));
  const also = others.length === 0 ? "" : `  also after ${others.join(", ")}`;
  return `${own === undefined ? "" : conditionText(own.condition)}${also}`;
}

const conditionText = (condition: Condition): string => (condition === "completed" ? "" : ` [${condition}]`);
