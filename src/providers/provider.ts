import type { AgentReader } from "./agent-reader.ts";
import type { EndingRules } from "./classify-ending.ts";
import type { Usage } from "./normalised-event.ts";

export const providerKinds = ["raw", "claude", "codex", "gemini", "opencode", "acp"] as const;
export type ProviderKind = (typeof providerKinds)[number];

/** What somebody wants an agent to do. */
export interface AgentRequest {
  readonly type: "task" | "session";
  /** The agent's program as the caller found it; null: by its usual name. */
  readonly program: string | null;
  /** The words to run, for `raw` and `acp`. */
  readonly command: readonly string[];
  readonly prompt: string | null;
  readonly cwd: string;
  /** A UUID for a new conversation, where the agent takes one. */
  readonly sessionId: string | null;
  readonly model: string | null;
  readonly permissionMode: string | null;
  readonly allowTools: readonly string[];
  readonly systemPrompt: string | null;
  readonly maxTurns: number | null;
  /** Path of a file in the agent's own format. */
  readonly mcpConfig: string | null;
  /** Passed on as they are. */
  readonly providerArgs: readonly string[];
}

/** A request that says nothing, for whoever says only a part. */
export const emptyRequest: AgentRequest = {
  type: "task",
  program: null,
  command: [],
  prompt: null,
  cwd: "/",
  sessionId: null,
  model: null,
  permissionMode: null,
  allowTools: [],
  systemPrompt: null,
  maxTurns: null,
  mcpConfig: null,
  providerArgs: [],
};

/** How to start an agent. The prompt is never an argument: one of those holds 128 KiB at most. */
export interface AgentCommand {
  readonly argv: readonly string[];
  /** Written as it is, before anything else; null: nothing. */
  readonly stdin: string | null;
  /** To be sent as a message (`reader.userMessage`) once the reader is ready; null: none. */
  readonly firstMessage: string | null;
  /** When the agent gets its end of input: at once after `stdin`, after the first turn, or when asked to end. */
  readonly stdinEnds: "at_once" | "after_result" | "on_request";
  /** Over the caller's environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ReaderOptions {
  readonly request: AgentRequest;
  /** The conversation that the attempt goes on with; null: a new one. */
  readonly resumes: string | null;
  /** `counters` of the last attempt of that conversation; null: unknown. */
  readonly counters: Usage | null;
}

/** One rung of the ladder by which an agent is ended; the next follows when it is still there after `waitMs`. */
export type EndingStep =
  | { readonly do: "interrupt"; readonly waitMs: number }
  | { readonly do: "close_stdin"; readonly waitMs: number }
  /** `waitMs` null: the mission's own grace. */
  | { readonly do: "signal"; readonly signal: "SIGTERM" | "SIGINT"; readonly waitMs: number | null }
  | { readonly do: "kill" };

export interface Capabilities {
  /** The program to look for; null: the mission names it. */
  readonly program: string | null;
  readonly session: "json lines" | "json-rpc" | "lines" | null;
  readonly resume: boolean;
  /** Text arrives in pieces while it is made, in a task and in a session. */
  readonly streams: { readonly task: boolean; readonly session: boolean };
  /** Asks by protocol before it uses a tool. */
  readonly asks: { readonly task: boolean; readonly session: boolean };
  readonly interrupt: boolean;
  /** Says that it took a message. */
  readonly confirmsMessages: boolean;
  /** Takes messages while a turn runs, each as a turn of its own. */
  readonly queuesMessages: boolean;
  readonly usage: "per turn" | "running total" | "per step" | null;
  readonly cost: boolean;
  /** The new conversation may be given its id. */
  readonly takesSessionId: boolean;
  readonly flags: readonly AgentFlag[];
  /** The conversation can be opened in the agent's own terminal program. */
  readonly attach: boolean;
}

export const agentFlags = ["model", "permission-mode", "allow-tool", "system-prompt", "max-turns", "mcp-config"] as const;
export type AgentFlag = (typeof agentFlags)[number];

/** How Overmind talks to one kind of agent. Pure: it builds, reads and judges, and touches nothing. */
export interface Provider {
  readonly kind: ProviderKind;
  readonly capabilities: Capabilities;
  readonly endingRules: EndingRules;
  /** @throws OvermindError `invalid_argument` for what the agent cannot be told; `empty_command` */
  taskCommand(request: AgentRequest): AgentCommand;
  sessionCommand(request: AgentRequest): AgentCommand;
  /** The command of the request's own type, going on with that conversation. */
  resumeCommand(request: AgentRequest, sessionId: string): AgentCommand;
  /** The agent's terminal program on that conversation; null: it has none. */
  attachCommand(request: AgentRequest, sessionId: string): readonly string[] | null;
  openReader(options: ReaderOptions): AgentReader;
  endingLadder(type: AgentRequest["type"]): readonly EndingStep[];
}
