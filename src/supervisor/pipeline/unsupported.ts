import { OvermindError } from "../../base/errors.ts";
import type { Agent, Blueprint } from "../../blueprint/blueprint.ts";

/**
 * Refuses what a blueprint may say and no pipeline can do yet, rather than to leave it out silently.
 *
 * @throws OvermindError blueprint_invalid naming the key
 */
export function refuseUnsupported({ agents }: Pick<Blueprint, "agents">): void {
  for (const agent of agents.values()) {
    const key = unsupportedKey(agent);
    if (key === undefined) continue;
    throw new OvermindError("blueprint_invalid", `agents.${agent.name}.${key}: not supported yet by apply`, {
      details: { agent: agent.name, key },
    });
  }
}

function unsupportedKey(agent: Agent): string | undefined {
  const keys: readonly (readonly [string, boolean])[] = [
    ["ready.http", agent.ready !== null && agent.ready.http !== null],
    ["ready", usesPort(agent)],
  ];
  return keys.find(([, isUsed]) => isUsed)?.[0];
}

/** Whether `${port}` stands anywhere in it. */
function usesPort(value: unknown): boolean {
  if (value instanceof Map) return usesPort([...value.values()]);
  if (typeof value !== "object" || value === null) return false;
  return (value as { of?: unknown }).of === "port" || Object.values(value).some(usesPort);
}
