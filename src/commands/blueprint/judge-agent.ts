import { asOvermindError } from "../../base/errors.ts";
import type { Agent } from "../../blueprint/blueprint.ts";
import type { Unfit } from "../../blueprint/read-blueprint.ts";
import { type AgentRequest, emptyRequest } from "../../providers/provider.ts";
import { providerNamed } from "../../providers/registry.ts";

/** What an agent's provider cannot be told, each with the key that says it, as `run` would refuse it. */
export function unfitFor(agent: Agent): readonly Unfit[] {
  if (agent.provider === "raw") return [];
  const { capabilities } = providerNamed(agent.provider);
  const isBound = agent.budget.maxCostUsd !== undefined && !capabilities.cost;
  const why = `: ${agent.provider} does not tell what it costs, so no cost can be bounded; there is \`max_tokens\` and \`max_turns\``;
  return [...toldKeys(agent).flatMap((told) => refusalOf(agent, told)), ...(isBound ? [{ key: "max_cost_usd", why }] : [])];
}

interface Told {
  readonly key: string;
  readonly part: Partial<AgentRequest>;
}

/** References are not known yet: what they stand for changes nothing of what can be told. */
function toldKeys({ model, options, work }: Agent): readonly Told[] {
  const { permissionMode, allowTools, systemPrompt, mcpConfig, providerArgs } = options;
  const program = work.is === "prompt" ? work.program.map(({ text }) => text) : [];
  return [
    { key: "model", part: { model } },
    { key: "permission_mode", part: { permissionMode: permissionMode ?? null } },
    { key: "allow_tools", part: { allowTools: allowTools ?? [] } },
    { key: "system_prompt", part: { systemPrompt: systemPrompt?.text ?? null } },
    { key: "mcp_config", part: { mcpConfig: mcpConfig ?? null } },
    { key: "provider_args", part: { providerArgs: providerArgs ?? [] } },
    ...(program.length === 0 ? [] : [{ key: "argv", part: { command: program } }]),
  ];
}

/** Each key alone, so that all that are wrong are found. */
function refusalOf({ provider: kind, type, cwd }: Agent, { key, part }: Told): readonly Unfit[] {
  const provider = providerNamed(kind);
  const asked: AgentRequest = { ...plain, cwd, type: type === "session" ? "session" : "task", ...part };
  try {
    asked.type === "task" ? provider.taskCommand(asked) : provider.sessionCommand(asked);
    return [];
  } catch (thrown) {
    const { message, details } = asOvermindError(thrown);
    if (details?.["flag"] === undefined) return [{ key, why: `: ${message}` }];
    return [
      {
        key,
        why: ` is nothing that ${kind} can be told: set it in its own configuration, or pass its own flag in \`provider_args\``,
      },
    ];
  }
}

/** A program and a prompt there always are. */
const plain: AgentRequest = { ...emptyRequest, command: ["agent"], prompt: "work" };
