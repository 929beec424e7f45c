import { AcpReader } from "./acp-reader.ts";
import { GeminiReader } from "./gemini-reader.ts";
import type { AgentCommand, AgentRequest, EndingStep, Provider } from "./provider.ts";
import { checkedArgv, option, promptOf, refuseFlags } from "./request-limits.ts";
import { countersAtStart } from "./usage.ts";

const flags = ["model", "permission-mode"] as const;
const term: EndingStep = { do: "signal", signal: "SIGTERM", waitMs: 2_000 };

/**
 * Gemini CLI: stream-json for tasks, its own ACP for sessions. It exits with the HTTP status modulo
 * 256 of the error that ended it.
 */
export const gemini: Provider = {
  kind: "gemini",
  capabilities: {
    program: "gemini",
    session: "json-rpc",
    resume: true,
    streams: { task: true, session: true },
    asks: { task: false, session: true },
    interrupt: true,
    confirmsMessages: true,
    queuesMessages: false,
    usage: "per turn",
    cost: false,
    takesSessionId: true,
    flags,
    attach: true,
  },
  endingRules: {
    hasTerminalEvent: true,
    signalCodes: [130],
    codes: new Map([
      [41, "auth"],
      [53, "budget"],
      [55, "refused"],
      [401 % 256, "auth"],
      [403 % 256, "auth"],
      [429 % 256, "rate_limited"],
    ]),
  },
  taskCommand: (request) => task(request, option("--session-id", request.sessionId)),
  sessionCommand: (request) => session(request),
  resumeCommand: (request, sessionId) => (request.type === "task" ? task(request, ["--resume", sessionId]) : session(request)),
  attachCommand: (request, sessionId) => [request.program ?? "gemini", "--resume", sessionId, ...option("-m", request.model)],
  openReader: (options) => {
    if (options.request.type === "task") return new GeminiReader();
    // Mode and model are given by flags.
    return new AcpReader({ counters: countersAtStart(options), resumes: options.resumes, cwd: options.request.cwd });
  },
  endingLadder: (type) =>
    type === "task"
      ? [term, { do: "kill" }]
      : [{ do: "interrupt", waitMs: 2_000 }, { do: "close_stdin", waitMs: 1_000 }, term, { do: "kill" }],
};

// Otherwise it relaunches itself as a child, and signals to the parent are ignored.
const env = { GEMINI_CLI_NO_RELAUNCH: "true" };

function task(request: AgentRequest, conversation: readonly string[]): AgentCommand {
  refuseFlags("gemini", request, flags);
  // Without --skip-trust it refuses to run in a folder that nobody has trusted at a terminal.
  const fixed = ["--skip-trust", "--output-format", "stream-json"];
  const argv = checkedArgv([...words(request), ...fixed, ...conversation, ...request.providerArgs]);
  return { argv, stdin: promptOf(request), firstMessage: null, stdinEnds: "at_once", env };
}

function session(request: AgentRequest): AgentCommand {
  refuseFlags("gemini", request, flags);
  const argv = checkedArgv([...words(request), "--acp", "--skip-trust", ...request.providerArgs]);
  return { argv, stdin: null, firstMessage: request.prompt, stdinEnds: "on_request", env };
}

function words(request: AgentRequest): readonly string[] {
  return [request.program ?? "gemini", ...option("-m", request.model), ...option("--approval-mode", request.permissionMode)];
}
