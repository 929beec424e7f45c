import { AcpReader } from "./acp-reader.ts";
import { OpencodeReader } from "./opencode-reader.ts";
import type { AgentCommand, AgentRequest, EndingStep, Provider } from "./provider.ts";
import { checkedArgv, option, promptOf, refuseFlags } from "./request-limits.ts";
import { countersAtStart } from "./usage.ts";

const flags = ["model", "permission-mode"] as const;
const term: EndingStep = { do: "signal", signal: "SIGTERM", waitMs: 2_000 };

/**
 * OpenCode: `run --format json` for tasks with the prompt on stdin (as an argument it is mangled),
 * its own ACP for sessions.
 */
export const opencode: Provider = {
  kind: "opencode",
  capabilities: {
    program: "opencode",
    session: "json-rpc",
    resume: true,
    streams: { task: false, session: true },
    asks: { task: false, session: true },
    interrupt: true,
    confirmsMessages: true,
    queuesMessages: false,
    usage: "per step",
    cost: true,
    takesSessionId: false,
    flags,
    attach: true,
  },
  endingRules: { hasTerminalEvent: true, signalCodes: [], codes: new Map() },
  taskCommand: (request) => task(request, []),
  sessionCommand: (request) => session(request),
  resumeCommand: (request, sessionId) => (request.type === "task" ? task(request, ["-s", sessionId]) : session(request)),
  attachCommand: (request, sessionId) => [request.program ?? "opencode", "-s", sessionId, ...option("-m", request.model)],
  openReader: (options) => {
    const { request, resumes } = options;
    if (request.type === "task") return new OpencodeReader();
    return new AcpReader({ counters: countersAtStart(options), resumes, cwd: request.cwd, model: request.model });
  },
  endingLadder: (type) =>
    type === "task"
      ? [term, { do: "kill" }]
      : [{ do: "interrupt", waitMs: 2_000 }, { do: "close_stdin", waitMs: 1_000 }, term, { do: "kill" }],
};

function task(request: AgentRequest, conversation: readonly string[]): AgentCommand {
  refuseFlags("opencode", request, flags);
  const argv = [
    request.program ?? "opencode",
    ...["run", "--format", "json", "--thinking"],
    ...option("-m", request.model),
    ...(request.permissionMode === "auto" ? ["--auto"] : []),
    ...conversation,
    ...request.providerArgs,
  ];
  return { argv: checkedArgv(argv), stdin: promptOf(request), firstMessage: null, stdinEnds: "at_once", env: envOf(request) };
}

function session(request: AgentRequest): AgentCommand {
  refuseFlags("opencode", request, flags);
  const argv = checkedArgv([request.program ?? "opencode", "acp", ...request.providerArgs]);
  return { argv, stdin: null, firstMessage: request.prompt, stdinEnds: "on_request", env: envOf(request) };
}

/** `auto` is a flag of a task; `ask`, `allow` and `deny` are for every tool; an object says it for each. */
function envOf({ permissionMode, type }: AgentRequest): Record<string, string> {
  const fixed = { OPENCODE_DISABLE_AUTOUPDATE: "1" };
  if (permissionMode === null || (permissionMode === "auto" && type === "task")) return fixed;
  if (permissionMode.startsWith("{")) return { ...fixed, OPENCODE_PERMISSION: permissionMode };
  return { ...fixed, OPENCODE_PERMISSION: JSON.stringify({ "*": permissionMode === "auto" ? "allow" : permissionMode }) };
}
