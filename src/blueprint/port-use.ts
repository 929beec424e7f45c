import type { Agent, Blueprint } from "./blueprint.ts";

/** The agents that get a loopback port: those that say `${port}`, and those whose port another one asks for. */
export function agentsWithPort({ agents }: Pick<Blueprint, "agents">): ReadonlySet<string> {
  const found = new Set<string>();
  for (const agent of agents.values()) {
    const { fanOut, ...rest } = agent;
    // What a matrix or a list holds is the user's own data.
    const isRead = fanOut?.is === "foreach" && "parts" in fanOut.items;
    collect([rest, isRead ? fanOut.items : null], agent, found);
  }
  return found;
}

function collect(value: unknown, agent: Agent, found: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  const { of, agent: other, field } = value as { of?: unknown; agent?: unknown; field?: unknown };
  if (of === "port") found.add(agent.name);
  if (of === "agent" && field === "port" && typeof other === "string") found.add(other);
  for (const one of value instanceof Map ? value.values() : Object.values(value)) collect(one, agent, found);
}
