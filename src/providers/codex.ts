import { OvermindError } from "../base/errors.ts";
import { CodexSessionReader } from "./codex-session-reader.ts";
import { CodexTaskReader } from "./codex-task-reader.ts";
import type { AgentCommand, AgentRequest, EndingStep, Provider } from "./provider.ts";
import { checkedArgv, option, promptOf, refuseFlags } from "./request-limits.ts";
import { countersAtStart } from "./usage.ts";

const flags = ["model", "permission-mode", "system-prompt"] as const;
const sandboxes = ["read-only", "workspace-write", "danger-full-access"];
const kill: EndingStep = { do: "kill" };
const term: EndingStep = { do: "signal", signal: "SIGTERM", waitMs: 2_000 };

/** Codex: `exec --json` for tasks, which cannot ask, and its `app-server` for sessions, which can. */
export const codex: Provider = {
  kind: "codex",
  capabilities: {
    program: "codex",
    session: "json-rpc",
    resume: true,
    streams: { task: false, session: true },
    asks: { task: false, session: true },
    interrupt: true,
    confirmsMessages: true,
    // A message sent while a turn runs is merged into that turn.
    queuesMessages: false,
    usage: "running total",
    cost: false,
    takesSessionId: false,
    flags,
    attach: true,
  },
  endingRules: { hasTerminalEvent: true, signalCodes: [], codes: new Map() },
  taskCommand: (request) => exec(request, ["-"]),
  sessionCommand: (request) => appServer(request),
  resumeCommand: (request, sessionId) =>
    request.type === "task" ? exec(request, ["resume", sessionId, "-"]) : appServer(request),
  // Without --no-daemon it leaves a daemon behind.
  attachCommand: (request, sessionId) => [
    request.program ?? "codex",
    "resume",
    sessionId,
    "--no-daemon",
    ...option("-m", request.model),
  ],
  openReader: (options) => {
    const counters = countersAtStart(options);
    if (options.request.type === "task") return new CodexTaskReader(counters);
    return new CodexSessionReader({ counters, resumes: options.resumes, thread: threadParams(options.request) });
  },
  endingLadder: (type) =>
    type === "task" ? [term, kill] : [{ do: "interrupt", waitMs: 2_000 }, { do: "close_stdin", waitMs: 2_000 }, term, kill],
};

/**
 * Where the native program lies beside its launcher. A launcher that stays as the parent would be
 * killed in its stead, and the agent would work on.
 *
 * @param launcher real path of `bin/codex.js`
 * @returns paths to try in order; none for a platform that is not known
 */
export function nativeCodexPaths(launcher: string, platform: string, arch: string): readonly string[] {
  const triple = triples.get(`${platform}-${arch}`);
  const root = /^(.*)\/@openai\/codex\/bin\/codex\.js$/.exec(launcher)?.[1];
  if (triple === undefined || root === undefined) return [];
  const native = `@openai/codex-${platform}-${arch}/vendor/${triple}/bin/codex`;
  return [`${root}/${native}`, `${root}/@openai/codex/node_modules/${native}`];
}

const triples: ReadonlyMap<string, string> = new Map([
  ["linux-x64", "x86_64-unknown-linux-musl"],
  ["linux-arm64", "aarch64-unknown-linux-musl"],
  ["darwin-x64", "x86_64-apple-darwin"],
  ["darwin-arm64", "aarch64-apple-darwin"],
]);

function exec(request: AgentRequest, last: readonly string[]): AgentCommand {
  refuseFlags("codex", request, flags);
  const argv = [
    request.program ?? "codex",
    ...["exec", "--json", "--skip-git-repo-check"],
    ...taskSandbox(request.permissionMode),
    ...option("-m", request.model),
    // A TOML string: JSON's spelling is one.
    ...option("-c", request.systemPrompt === null ? null : `developer_instructions=${JSON.stringify(request.systemPrompt)}`),
    ...request.providerArgs,
    ...last,
  ];
  return { argv: checkedArgv(argv), stdin: promptOf(request), firstMessage: null, stdinEnds: "at_once", env: {} };
}

function taskSandbox(mode: string | null): readonly string[] {
  if (mode === "bypass") return ["--dangerously-bypass-approvals-and-sandbox"];
  return ["--sandbox", knownMode(mode ?? "workspace-write", sandboxes)];
}

function appServer(request: AgentRequest): AgentCommand {
  refuseFlags("codex", request, flags);
  threadParams(request);
  const argv = checkedArgv([request.program ?? "codex", "app-server", ...request.providerArgs]);
  const stdinEnds = request.type === "task" ? "after_result" : "on_request";
  return { argv, stdin: null, firstMessage: request.prompt, stdinEnds, env: {} };
}

/** What a thread is started or gone on with. */
function threadParams(request: AgentRequest): Record<string, unknown> {
  const mode = request.permissionMode;
  const isSandbox = mode !== null && sandboxes.includes(mode);
  const isBypass = mode === "bypass";
  return {
    cwd: request.cwd,
    approvalPolicy: isBypass ? "never" : isSandbox || mode === null ? "on-request" : knownMode(mode, policies),
    sandbox: isBypass ? "danger-full-access" : isSandbox ? mode : "workspace-write",
    ...(request.model === null ? {} : { model: request.model }),
    ...(request.systemPrompt === null ? {} : { developerInstructions: request.systemPrompt }),
  };
}

const policies = ["untrusted", "on-request", "never"];

function knownMode(mode: string, known: readonly string[]): string {
  if (known.includes(mode)) return mode;
  throw new OvermindError(
    "invalid_argument",
    `codex knows no permission mode ${mode} here; there is ${[...known, "bypass"].join(", ")}`,
  );
}
