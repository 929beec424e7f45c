import { AcpReader } from "./acp-reader.ts";
import type { AgentCommand, AgentRequest, Provider } from "./provider.ts";
import { checkedArgv, promptOf, refuseFlags } from "./request-limits.ts";
import { countersAtStart } from "./usage.ts";

const flags = ["model", "permission-mode"] as const;

/** Any agent that speaks the Agent Client Protocol (version 1) on its stdin and stdout. */
export const acp: Provider = {
  kind: "acp",
  capabilities: {
    program: null,
    session: "json-rpc",
    resume: true,
    streams: { task: true, session: true },
    asks: { task: true, session: true },
    interrupt: true,
    confirmsMessages: true,
    queuesMessages: false,
    usage: "per turn",
    cost: true,
    takesSessionId: false,
    flags,
    attach: false,
  },
  endingRules: { hasTerminalEvent: true, signalCodes: [], codes: new Map() },
  taskCommand: (request) => ({ ...command(request), firstMessage: promptOf(request) }),
  sessionCommand: (request) => ({ ...command(request), firstMessage: request.prompt }),
  resumeCommand: (request) => ({ ...command(request), firstMessage: request.prompt }),
  attachCommand: () => null,
  openReader: (options) => {
    const { request, resumes } = options;
    const { cwd, model, permissionMode } = request;
    return new AcpReader({ counters: countersAtStart(options), resumes, cwd, model, mode: permissionMode });
  },
  endingLadder: () => [
    { do: "interrupt", waitMs: 2_000 },
    // An adapter was seen to take two seconds for it.
    { do: "close_stdin", waitMs: 3_000 },
    { do: "signal", signal: "SIGTERM", waitMs: 2_000 },
    { do: "kill" },
  ],
};

function command(request: AgentRequest): Omit<AgentCommand, "firstMessage"> {
  refuseFlags("acp", request, flags);
  const argv = checkedArgv([...request.command, ...request.providerArgs]);
  return { argv, stdin: null, stdinEnds: request.type === "task" ? "after_result" : "on_request", env: {} };
}
