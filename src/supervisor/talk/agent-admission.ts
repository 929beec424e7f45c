import { randomUUID } from "node:crypto";
import type { MissionSpec } from "../../mission/spec.ts";
import type { AgentCommand, AgentRequest } from "../../providers/provider.ts";
import { providerNamed } from "../../providers/registry.ts";
import type { RunRequest } from "../daemon-context.ts";

const shownCharacters = 1000;

/**
 * What an agent is asked to do; null for a mission of `raw`, which is a command and nothing else.
 *
 * @throws OvermindError empty_command; invalid_argument for what the agent cannot be told
 */
export function agentOf(request: RunRequest, cwd: string): AgentRequest | null {
  if (request.provider === "raw") return null;
  const provider = providerNamed(request.provider);
  const { agent } = request;
  const asked: AgentRequest = {
    type: request.type === "session" ? "session" : "task",
    program: null,
    command: request.argv ?? [],
    prompt: agent?.prompt ?? request.command ?? null,
    cwd,
    sessionId: provider.capabilities.takesSessionId ? randomUUID() : null,
    model: request.model ?? null,
    permissionMode: agent?.permissionMode ?? null,
    allowTools: agent?.allowTools ?? [],
    systemPrompt: agent?.systemPrompt ?? null,
    maxTurns: agent?.maxTurns ?? null,
    mcpConfig: agent?.mcpConfig ?? null,
    providerArgs: agent?.providerArgs ?? [],
  };
  // Built once here, so that what cannot be run is refused before anything is made.
  firstCommand(asked, request.provider);
  return asked;
}

/** The command of an agent's first attempt. */
export function firstCommand(asked: AgentRequest, kind: string): AgentCommand {
  const provider = providerNamed(kind);
  return asked.type === "task" ? provider.taskCommand(asked) : provider.sessionCommand(asked);
}

/** What stands for an agent where commands are shown: its prompt, as far as a line of it goes. */
export function shownCommand(asked: AgentRequest, kind: string): string {
  const words = asked.prompt?.slice(0, shownCharacters) ?? "";
  return words === "" ? [kind, ...asked.command].join(" ") : words;
}

/** What an agent's environment has over its caller's. */
export function agentEnvironment({ agent, provider }: MissionSpec): Readonly<Record<string, string>> {
  return agent == null ? {} : firstCommand(agent, provider).env;
}
