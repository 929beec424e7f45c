import type { AgentBudget, AgentOptions } from "./blueprint.ts";
import type { RawAgent } from "./format.ts";
import type { Template } from "./template.ts";

/** Keys that say something to an agent, and nothing to a command. */
const agentOnly = ["model", "permission_mode", "allow_tools", "system_prompt", "mcp_config", "provider_args", "account"] as const;

/**
 * What a table says to an agent.
 *
 * @param read makes the text of a key a template
 */
export function optionsOf(raw: RawAgent, read: (text: string, key: string) => Template): AgentOptions {
  return {
    permissionMode: raw.permission_mode,
    allowTools: raw.allow_tools,
    systemPrompt: raw.system_prompt === undefined ? undefined : read(raw.system_prompt, "system_prompt"),
    mcpConfig: raw.mcp_config,
    providerArgs: raw.provider_args,
    account: raw.account,
  };
}

export function budgetOf({ max_cost_usd, max_tokens, max_turns }: RawAgent): AgentBudget {
  return { maxCostUsd: max_cost_usd, maxTokens: max_tokens, maxTurns: max_turns };
}

/**
 * Keys of an agent's own table that mean nothing with what else it says, each with why. What the
 * defaults say is for those whom it concerns.
 *
 * @param own as the file has it
 * @param raw with the defaults filled in
 */
export function pointlessKeys(own: RawAgent, raw: RawAgent): readonly { readonly key: string; readonly why: string }[] {
  const isCommand = (raw.provider ?? "raw") === "raw";
  const commandKeys = agentOnly.filter((key) => isCommand && own[key] !== undefined);
  const found = commandKeys.map((key) => ({ key: key as string, why: 'is for an agent: set `provider`, such as "claude"' }));
  if (own.verify_rounds !== undefined && (isCommand || raw.type !== "session" || !hasPrompt(raw)))
    found.push({
      key: "verify_rounds",
      why: 'is for `type = "session"` with a `prompt`: there has to be somebody to send it back to',
    });
  if (own.verify_rounds !== undefined && raw.verify === undefined)
    found.push({ key: "verify_rounds", why: "says how often a failed `verify` is sent back, and there is none" });
  if (own.strategy !== undefined && raw.type !== "service")
    found.push({ key: "strategy", why: 'is for `type = "service"`: a task that ended does not start again' });
  return found;
}

/** Whether a table asks an agent something. */
export const hasPrompt = ({ prompt, command, provider = "raw" }: RawAgent): boolean =>
  provider !== "raw" && (prompt !== undefined || command !== undefined);
