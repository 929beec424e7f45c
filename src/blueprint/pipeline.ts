import type { Agent, Blueprint } from "./blueprint.ts";
import { inOrder } from "./graph.ts";

/** One process of an agent that a pipeline starts: the agent itself, or one of its fan-out. */
export interface Step {
  /** `test`, or `test-2` of a fan-out. */
  readonly name: string;
  readonly agent: string;
  /** From 1. */
  readonly index: number;
  readonly matrix: Readonly<Record<string, unknown>> | null;
  readonly item: unknown;
}

/** A blueprint as something to walk through. Made once; each `foreach` is filled in when its list is known. */
export interface Pipeline {
  readonly maxParallel: number | null;
  readonly onFailure: Blueprint["onFailure"];
  /** False: services end once all tasks have ended. */
  readonly keepsServices: boolean;
  readonly agents: ReadonlyMap<string, Agent>;
  /** Each after all it depends on. */
  readonly order: readonly Agent[];
  /** By agent; null: its list is not known yet. */
  readonly steps: ReadonlyMap<string, readonly Step[] | null>;
  /** Agents whose failure another one waits for (`finished`), so that it fails nothing by itself. */
  readonly handled: ReadonlySet<string>;
}

export function pipelineOf({
  agents,
  maxParallel,
  onFailure,
  keepsServices = true,
}: Pick<Blueprint, "agents" | "maxParallel" | "onFailure" | "keepsServices">): Pipeline {
  const awaited = [...agents.values()].filter((agent) => !agent.isFinally).flatMap((agent) => agent.dependsOn);
  return {
    maxParallel,
    onFailure,
    keepsServices,
    agents,
    order: inOrder(agents),
    steps: new Map([...agents.values()].map((agent) => [agent.name, stepsOf(agent)])),
    handled: new Set(awaited.flatMap(({ agent, condition }) => (condition === "finished" ? [agent] : []))),
  };
}

/** The pipeline with the list of a `foreach` filled in. */
export function withItems(pipeline: Pipeline, agent: string, items: readonly unknown[]): Pipeline {
  return { ...pipeline, steps: new Map([...pipeline.steps, [agent, itemSteps(agent, items)]]) };
}

function stepsOf({ name, fanOut }: Agent): readonly Step[] | null {
  if (fanOut === null) return [{ name, agent: name, index: 1, matrix: null, item: null }];
  switch (fanOut.is) {
    case "replicas":
      return Array.from({ length: fanOut.count }, (_, at) => ({ ...numbered(name, at), matrix: null, item: null }));
    case "matrix":
      return fanOut.combinations.map((matrix, at) => ({ ...numbered(name, at), matrix, item: null }));
    case "foreach":
      return "parts" in fanOut.items ? null : itemSteps(name, fanOut.items);
  }
}

const itemSteps = (name: string, items: readonly unknown[]): readonly Step[] =>
  items.map((item, at) => ({ ...numbered(name, at), matrix: null, item }));

const numbered = (agent: string, at: number) => ({ name: `${agent}-${at + 1}`, agent, index: at + 1 });
