import { asOvermindError, OvermindError } from "../../base/errors.ts";
import type { Agent, Blueprint } from "../../blueprint/blueprint.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import { refuseUnknownCost } from "../spending/budget-admission.ts";
import { agentOf } from "../talk/agent-admission.ts";
import { agentPart } from "./agent-request.ts";

/**
 * Refuses what an agent's provider cannot be told before anything of the pipeline is made.
 *
 * @throws OvermindError blueprint_invalid naming the agent
 */
export function checkAgents({ agents }: Pick<Blueprint, "agents">): void {
  for (const agent of agents.values()) if (agent.provider !== "raw") checkAgent(agent);
}

function checkAgent(agent: Agent): void {
  const { name, provider, work, cwd, budget, model } = agent;
  // References are not known yet: what they stand for changes nothing of what can be told.
  const prompt = work.is === "prompt" ? work.text.text : undefined;
  const argv = work.is === "prompt" ? work.program.map(({ text }) => text) : [];
  const part = agentPart(agent, prompt, ({ text }) => text);
  try {
    const type = agent.type === "session" ? "session" : "task";
    const told = agentOf({ ...part, ...plain, type, argv, model: model ?? undefined }, cwd);
    const spec = { agent: told, provider } as MissionSpec;
    refuseUnknownCost(spec, { max_cost: budget.maxCostUsd ?? null, max_tokens: null, max_turns: null });
  } catch (error) {
    const { message, details, hint } = asOvermindError(error);
    throw new OvermindError("blueprint_invalid", `agents.${name}: ${message}`, {
      details: { ...details, agent: name },
      ...(hint === undefined ? {} : { hint }),
      cause: error,
    });
  }
}

const plain = { labels: {}, keepLeftovers: false, stdin: "null", removeAfter: false } as const;
