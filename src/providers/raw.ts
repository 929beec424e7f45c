import type { AgentReader } from "./agent-reader.ts";
import type { AgentRequest, Provider } from "./provider.ts";
import { RawReader } from "./raw-reader.ts";
import { checkedArgv, refuseFlags } from "./request-limits.ts";

/** Any command: its lines are its text, and its exit code says how it went. */
export const raw: Provider = {
  kind: "raw",
  capabilities: {
    program: null,
    session: "lines",
    resume: false,
    streams: { task: true, session: true },
    asks: { task: false, session: false },
    interrupt: false,
    confirmsMessages: false,
    queuesMessages: true,
    usage: null,
    cost: false,
    takesSessionId: false,
    flags: [],
    attach: false,
  },
  endingRules: { hasTerminalEvent: false, signalCodes: [], codes: new Map() },
  taskCommand: (request) => ({ ...command(request, request.command), stdinEnds: "at_once" }),
  sessionCommand: (request) => ({
    ...command(request, request.command.length === 0 ? ["cat"] : request.command),
    firstMessage: request.prompt,
    stdinEnds: "on_request",
  }),
  // A command remembers nothing, so its next attempt is a new one.
  resumeCommand: (request) => (request.type === "task" ? raw.taskCommand(request) : raw.sessionCommand(request)),
  attachCommand: () => null,
  openReader: (): AgentReader => new RawReader(),
  endingLadder: () => [{ do: "signal", signal: "SIGTERM", waitMs: null }, { do: "kill" }],
};

function command(request: AgentRequest, words: readonly string[]) {
  refuseFlags("raw", request, []);
  return { argv: checkedArgv([...words, ...request.providerArgs]), stdin: null, firstMessage: null, env: {} };
}
