import { ClaudeReader } from "./claude-reader.ts";
import type { AgentCommand, AgentRequest, EndingStep, Provider } from "./provider.ts";
import { checkedArgv, option, promptOf, refuseFlags } from "./request-limits.ts";
import { countersAtStart } from "./usage.ts";

const flags = ["model", "permission-mode", "allow-tool", "system-prompt", "max-turns", "mcp-config"] as const;

const ladder: readonly EndingStep[] = [
  { do: "interrupt", waitMs: 2_000 },
  { do: "close_stdin", waitMs: 2_000 },
  // It ends its own tools on SIGTERM, which takes it a little over a second.
  { do: "signal", signal: "SIGTERM", waitMs: 2_000 },
  { do: "kill" },
];

/**
 * Claude Code, by stream-json in both directions: a task is a session that is closed after its
 * first turn, so that it too can ask, be interrupted, and take a prompt of any size.
 */
export const claude: Provider = {
  kind: "claude",
  capabilities: {
    program: "claude",
    session: "json lines",
    resume: true,
    streams: { task: true, session: true },
    asks: { task: true, session: true },
    interrupt: true,
    confirmsMessages: true,
    queuesMessages: true,
    usage: "per turn",
    cost: true,
    takesSessionId: true,
    flags,
    attach: true,
  },
  // It really exits with 128+n after a signal that it caught.
  endingRules: { hasTerminalEvent: true, signalCodes: [129, 130, 143], codes: new Map() },
  taskCommand: (request) => ({ ...command(request, option("--session-id", request.sessionId)), firstMessage: promptOf(request) }),
  sessionCommand: (request) => ({ ...command(request, option("--session-id", request.sessionId)), firstMessage: request.prompt }),
  resumeCommand: (request, sessionId) => ({ ...command(request, ["--resume", sessionId]), firstMessage: request.prompt }),
  attachCommand: (request, sessionId) => [
    request.program ?? "claude",
    "--resume",
    sessionId,
    ...option("--model", request.model),
  ],
  openReader: (options) => new ClaudeReader(countersAtStart(options)),
  endingLadder: () => ladder,
};

function command(request: AgentRequest, conversation: readonly string[]): Omit<AgentCommand, "firstMessage"> {
  refuseFlags("claude", request, flags);
  const argv = [
    request.program ?? "claude",
    "-p",
    // It takes every word up to the next flag.
    ...(request.allowTools.length === 0 ? [] : ["--allowedTools", ...request.allowTools]),
    ...["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
    ...["--include-partial-messages", "--replay-user-messages", "--permission-prompt-tool", "stdio"],
    ...conversation,
    ...option("--model", request.model),
    ...option("--permission-mode", request.permissionMode),
    ...option("--append-system-prompt", request.systemPrompt),
    ...option("--max-turns", request.maxTurns),
    ...option("--mcp-config", request.mcpConfig),
    ...request.providerArgs,
  ];
  return {
    argv: checkedArgv(argv),
    stdin: null,
    stdinEnds: request.type === "task" ? "after_result" : "on_request",
    // A supervised agent is not replaced while it runs.
    env: { DISABLE_AUTOUPDATER: "1" },
  };
}
