import { OvermindError } from "../base/errors.ts";
import type { Agent, Blueprint } from "./blueprint.ts";
import { suggestion } from "./check-shape.ts";
import { inOrder } from "./graph.ts";
import { staysUp } from "./standing.ts";

/** Which part of a blueprint is to run: these and what they depend on, or one and all that depends on it. */
export interface Wanted {
  readonly only?: readonly string[] | undefined;
  readonly from?: string | undefined;
}

export interface Selection {
  readonly blueprint: Blueprint;
  /** Agents of it that count as done: an earlier run has to have completed them. */
  readonly behind: readonly string[];
}

/**
 * The part of a blueprint that is wanted; all of it where nothing is said. Whatever runs `finally`
 * belongs to `from`, as it comes after all others; to `only` where it is named.
 *
 * @throws OvermindError invalid_argument naming an agent that is not there
 */
export function selectAgents(blueprint: Blueprint, { only, from }: Wanted): Selection {
  if (only !== undefined && from !== undefined)
    throw new OvermindError("invalid_argument", "only and from exclude each other", { details: { field: "from" } });
  if (only !== undefined) return { blueprint: narrowed(blueprint, neededBy(blueprint, only, "only")), behind: [] };
  return from === undefined ? { blueprint, behind: [] } : selectFrom(blueprint, from);
}

function selectFrom(blueprint: Blueprint, from: string): Selection {
  check(blueprint, from, "from");
  const after = new Set([from]);
  for (const { name, dependsOn, isFinally } of inOrder(blueprint.agents))
    if (isFinally || dependsOn.some(({ agent }) => after.has(agent))) after.add(name);
  const roots = [...after].filter((name) => blueprint.agents.get(name)?.isFinally !== true);
  const all = new Set([...after, ...neededBy(blueprint, roots, "from")]);
  // What is done cannot be up: a service that they need is started.
  const behind = [...all].filter((name) => !after.has(name) && !staysUp(check(blueprint, name, "from")));
  return { blueprint: narrowed(blueprint, all), behind };
}

/** The agents named, and all they depend on. */
function neededBy(blueprint: Blueprint, names: readonly string[], field: string): Set<string> {
  const needed = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    open.push(...check(blueprint, name, field).dependsOn.map(({ agent }) => agent));
  }
  return needed;
}

function check({ agents, name: blueprint }: Blueprint, name: string, field: string): Agent {
  const agent = agents.get(name);
  if (agent !== undefined) return agent;
  throw new OvermindError(
    "invalid_argument",
    `${field}: ${blueprint} has no agent \`${name}\`${suggestion(name, agents.keys())}`,
    { details: { field, agent: name } },
  );
}

/** Only what runs `finally` may have waited for one that is left out. */
function narrowed(blueprint: Blueprint, names: ReadonlySet<string>): Blueprint {
  const kept = [...blueprint.agents.values()].filter(({ name }) => names.has(name));
  const agents = new Map(
    kept.map((agent) => [agent.name, { ...agent, dependsOn: agent.dependsOn.filter((one) => names.has(one.agent)) }]),
  );
  return { ...blueprint, agents };
}
