import { type AgentFacts, agentFacts, duration, type Facts } from "./agent-facts.ts";
import type { Agent, Blueprint } from "./blueprint.ts";
import type { ParamValues } from "./params.ts";
import { shownWith } from "./plan.ts";

/** A blueprint as it is applied. */
export interface Applied {
  readonly blueprint: Blueprint;
  readonly params: ParamValues;
  /** By agent, what its env_file says. */
  readonly agentEnv: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By agent, what its schema says. */
  readonly schemas?: Readonly<Record<string, unknown>> | undefined;
}

export interface KeyChange {
  /** As the file writes it: `command`, `env.TOKEN`. */
  readonly key: string;
  /** Null: not said. Of an environment's value always null: those are never shown. */
  readonly old: unknown;
  readonly new: unknown;
}

export interface AgentChange {
  readonly agent: string;
  readonly change: "added" | "removed" | "changed";
  /** Of one that changed. */
  readonly keys: readonly KeyChange[];
}

export interface BlueprintDiff {
  /** Keys of `[blueprint]`. */
  readonly blueprint: readonly KeyChange[];
  readonly agents: readonly AgentChange[];
}

/** How a blueprint differs from a pipeline. */
export interface DiffView extends BlueprintDiff {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly same: boolean;
  /** Names of params that were not given now, and stand as the pipeline was given them. */
  readonly kept_params: readonly string[];
}

/** What differs between two blueprints, params filled in: the order of agents and how something is written do not matter. */
export function diffOf(before: Applied, after: Applied): BlueprintDiff {
  const [old, now] = [allFacts(before), allFacts(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  const agents = names.flatMap((agent): AgentChange[] => {
    const [was, is] = [old.get(agent), now.get(agent)];
    if (was === undefined) return [{ agent, change: "added", keys: [] }];
    if (is === undefined) return [{ agent, change: "removed", keys: [] }];
    const keys = [...keyChanges(was.shown, is.shown), ...hiddenChanges(was.hidden, is.hidden)];
    return keys.length === 0 ? [] : [{ agent, change: "changed", keys }];
  });
  return { blueprint: keyChanges(headFacts(before.blueprint), headFacts(after.blueprint)), agents };
}

export const isSame = ({ blueprint, agents }: BlueprintDiff): boolean => blueprint.length === 0 && agents.length === 0;

function allFacts({ blueprint, params, agentEnv, schemas = {} }: Applied): Map<string, AgentFacts> {
  const show = shownWith(blueprint, params);
  const factsOf = (agent: Agent): AgentFacts => {
    const { shown, hidden } = agentFacts(agent, agentEnv[agent.name] ?? {}, { params, show });
    // Too long to be shown: that it changed is enough.
    return { shown, hidden: { ...hidden, "schema file": schemas[agent.name] } };
  };
  return new Map([...blueprint.agents].map(([name, agent]) => [name, factsOf(agent)]));
}

const headFacts = ({ description, maxParallel, onFailure, keepsServices, timeoutMs, strategy }: Blueprint): Facts => ({
  description: description ?? undefined,
  max_parallel: maxParallel ?? undefined,
  on_failure: onFailure,
  keep_services: keepsServices ?? true,
  timeout: duration(timeoutMs),
  strategy: strategy ?? undefined,
});

function keyChanges(was: Facts, is: Facts): KeyChange[] {
  return changedKeys(was, is).map((key) => ({ key, old: was[key] ?? null, new: is[key] ?? null }));
}

const hiddenChanges = (was: Facts, is: Facts): KeyChange[] => changedKeys(was, is).map((key) => ({ key, old: null, new: null }));

const changedKeys = (was: Facts, is: Facts): string[] =>
  [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]));
