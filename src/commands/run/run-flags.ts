import { resolve } from "node:path";
import { signalName } from "../../base/signals.ts";
import { callerDirectory, callerEnvironment, callerLimits } from "../caller/caller.ts";
import { readEnvFile } from "../caller/env-file.ts";
import { surroundingMission } from "../caller/surrounding-mission.ts";
import type { Flags, ParsedArguments } from "../command.ts";
import type { CommandLineContext } from "../command-line-context.ts";
import { readPairs } from "../pairs.ts";
import { readSize } from "../read-size.ts";
import { UsageError } from "../usage-error.ts";
import { refuseBeyondBounds } from "./run-bounds.ts";

export const runFlags = {
  name: { kind: "string", placeholder: "NAME", summary: "a name; one is made up otherwise" },
  follow: { kind: "boolean", short: "f", summary: "show its output, then exit as wait does" },
  wait: { kind: "boolean", summary: "block until it ends and exit with its code" },
  interactive: { kind: "boolean", short: "i", summary: "give it this command's standard input; none otherwise" },
  rm: { kind: "boolean", summary: "remove it after a successful end" },
  json: { kind: "boolean", summary: "answer as JSON" },
  cwd: { kind: "string", placeholder: "DIR", summary: "its working directory; this one otherwise" },
  env: { kind: "list", placeholder: "K=V", summary: "set a variable of its environment" },
  "env-file": { kind: "list", placeholder: "FILE", summary: "set the variables of a file of K=V lines" },
  label: { kind: "list", placeholder: "K=V", summary: "a label, for ps --label" },
  parent: { kind: "string", placeholder: "ID", summary: "its parent; the mission this runs in otherwise" },
  type: { kind: "choice", choices: ["task", "session"], summary: "task runs to its end, session stays up" },
  provider: {
    kind: "string",
    placeholder: "NAME",
    summary: "claude, codex, gemini, opencode, acp (any agent that speaks it, after --); raw: any command",
  },
  timeout: { kind: "duration", unit: "s", placeholder: "S", summary: "longest time of one attempt; 0: no limit" },
  grace: { kind: "duration", unit: "s", placeholder: "S", summary: "time between the stop signal and SIGKILL (10s)" },
  "stop-signal": { kind: "string", placeholder: "SIG", summary: "the signal that asks it to end (TERM)" },
  "success-codes": { kind: "csv", placeholder: "N,…", summary: "exit codes that count as success (0)" },
  "keep-leftovers": { kind: "boolean", summary: "leave alone what it leaves running" },
  restart: {
    kind: "choice",
    choices: ["never", "on-failure", "always", "on_failure"],
    placeholder: "POLICY",
    summary: "never, on-failure or always",
  },
  "max-restarts": {
    kind: "integer",
    placeholder: "N",
    summary: "with --restart: give up after N (5; 0: never) within --max-seconds",
  },
  "max-seconds": { kind: "duration", unit: "s", placeholder: "S", summary: "the sliding window of --max-restarts (60s)" },
  backoff: { kind: "duration", unit: "ms", placeholder: "MS", summary: "delay before the first restart; it doubles (1s)" },
  "backoff-max": { kind: "duration", unit: "ms", placeholder: "MS", summary: "longest delay before a restart (60s)" },
  "stable-seconds": { kind: "duration", unit: "s", placeholder: "S", summary: "being up this long begins the delays anew (60s)" },
  "activity-timeout": {
    kind: "duration",
    unit: "s",
    placeholder: "S",
    summary: "silence after which it counts as stalled; 0: never",
  },
  "on-stall": {
    kind: "choice",
    choices: ["kill", "notify", "interrupt"],
    summary: "then kill it, only note it (notify), or interrupt it first (SIGINT)",
  },
  deadline: { kind: "duration", unit: "s", placeholder: "S", summary: "longest time of the whole mission; 0: no limit" },
  "memory-max": { kind: "string", placeholder: "SIZE", summary: "end an attempt whose processes hold more, such as 2G" },
  nice: { kind: "integer", isSigned: true, placeholder: "N", summary: "its niceness, -20 to 19; the caller's otherwise" },
  "on-parent-exit": {
    kind: "choice",
    choices: ["keep", "stop", "kill"],
    summary: "keep, stop or kill it when its parent ends (keep)",
  },
  "on-ask": {
    kind: "choice",
    choices: ["ask", "deny"],
    summary: "what it asks waits for an answer (ask), or is denied at once (deny)",
  },
  after: { kind: "csv", placeholder: "ID,…", summary: "start when these have ended with success" },
  "after-any": { kind: "boolean", summary: "… or ended in any way" },
  delay: { kind: "duration", unit: "s", placeholder: "S", summary: "start that much later" },
  pool: { kind: "string", placeholder: "NAME", summary: "start when this pool has a slot free" },
  priority: {
    kind: "integer",
    isSigned: true,
    placeholder: "N",
    summary: "of those that wait for a pool the greatest first (0)",
  },
  model: { kind: "string", placeholder: "NAME", summary: "the agent's model" },
  "permission-mode": { kind: "string", placeholder: "MODE", summary: "the agent's own word for what it may do" },
  "allow-tool": { kind: "list", placeholder: "TOOL", summary: "a tool that the agent may use without asking" },
  "system-prompt": { kind: "string", placeholder: "TEXT", summary: "added to the agent's own system prompt" },
  "max-turns": { kind: "integer", placeholder: "N", summary: "turns of it and all below it; claude: also steps of one turn" },
  "max-cost": { kind: "number", placeholder: "USD", summary: "what it and all below it may cost" },
  "max-tokens": { kind: "integer", placeholder: "N", summary: "tokens of it and all below it, without reads from a cache" },
  "on-budget": { kind: "choice", choices: ["wait", "stop"], summary: "when that is spent: wait for a person, or stop (wait)" },
  account: { kind: "string", placeholder: "NAME", summary: "whose limits it meets; its provider's otherwise" },
  "no-auto-resume": { kind: "boolean", summary: "end when it meets a limit, rather than wait and go on" },
  "mcp-config": { kind: "string", placeholder: "FILE", summary: "MCP servers, in the agent's own format" },
  "provider-arg": { kind: "list", placeholder: "ARG", summary: "a word for the agent's own command line" },
  prompt: {
    kind: "string",
    placeholder: "TEXT",
    summary: "what an agent is asked; the words otherwise, or - for standard input",
  },
  tty: { kind: "boolean", summary: "give it a terminal of its own, for attach and screen" },
  "tty-size": {
    kind: "string",
    placeholder: "COLSxROWS",
    summary: "the size of that terminal while nobody is attached (120x40)",
  },
  jitter: { kind: "number", placeholder: "SHARE", summary: "by how much a delay varies, 0 to 1 (0.1)" },
} as const satisfies Flags;
export type RunArguments = ParsedArguments<typeof runFlags>;

/**
 * The arguments of a `run` request: the words, the policy, and what the mission inherits of the caller.
 *
 * @throws UsageError
 */
export function runRequestArguments(context: CommandLineContext, given: RunArguments): object {
  const { flags } = given;
  refuseIdleFlags(flags);
  refuseAgentFlags(flags);
  refuseBeyondBounds(flags);
  return {
    ...commandWords(given),
    ...agentArguments(flags),
    ...inherited(context, flags),
    name: flags.name,
    type: flags.type,
    provider: flags.provider,
    parent: flags.parent,
    inherited_parent: flags.parent === undefined ? surroundingMission(context) : undefined,
    labels: readPairs(flags.label, "--label"),
    grace_ms: flags.grace,
    stop_signal: flags["stop-signal"] === undefined ? undefined : readSignal(flags["stop-signal"]),
    timeout_seconds: seconds(flags.timeout),
    success_codes: flags["success-codes"].length > 0 ? flags["success-codes"].map(readExitCode) : undefined,
    keep_leftovers: flags["keep-leftovers"],
    stdin: flags.interactive ? "open" : "null",
    restart: flags.restart,
    max_restarts: flags["max-restarts"],
    max_seconds: seconds(flags["max-seconds"]),
    backoff: flags.backoff,
    backoff_max_ms: flags["backoff-max"],
    stable_seconds: seconds(flags["stable-seconds"]),
    jitter: flags.jitter,
    activity_timeout: seconds(flags["activity-timeout"]),
    on_stall: flags["on-stall"],
    deadline_seconds: seconds(flags.deadline),
    memory_max_bytes: flags["memory-max"] === undefined ? undefined : readSize(flags["memory-max"], "--memory-max"),
    on_parent_exit: flags["on-parent-exit"],
    on_ask: flags["on-ask"],
    account: flags.account,
    auto_resume: flags["no-auto-resume"] ? false : undefined,
    max_cost_usd: flags["max-cost"],
    max_tokens: flags["max-tokens"],
    on_budget: flags["on-budget"],
    after: flags.after.length > 0 ? flags.after : undefined,
    after_any: flags["after-any"],
    delay_ms: flags.delay,
    pool: flags.pool,
    priority: flags.priority,
    tty: flags.tty,
    tty_size: flags["tty-size"],
  };
}

/** What is said to an agent. */
function agentArguments(flags: RunArguments["flags"]): object {
  const file = flags["mcp-config"];
  return {
    model: flags.model,
    prompt: flags.prompt,
    permission_mode: flags["permission-mode"],
    allow_tools: flags["allow-tool"].length > 0 ? flags["allow-tool"] : undefined,
    system_prompt: flags["system-prompt"],
    max_turns: flags["max-turns"],
    mcp_config: file === undefined ? undefined : resolve(callerDirectory(), file),
    provider_args: flags["provider-arg"].length > 0 ? flags["provider-arg"] : undefined,
  };
}

/** A flag that would do nothing is a mistake that nobody would notice. */
function refuseIdleFlags(flags: RunArguments["flags"]): void {
  if (flags["after-any"] && flags.after.length === 0) throw new UsageError("--after-any goes with --after ID,…");
  const bounds = [flags["max-cost"], flags["max-tokens"], flags["max-turns"]];
  if (flags["on-budget"] !== undefined && bounds.every((bound) => bound === undefined))
    throw new UsageError("--on-budget goes with --max-cost USD, --max-tokens N or --max-turns N");
  if ((flags["max-cost"] ?? 0) < 0) throw new UsageError("--max-cost takes an amount from 0 on");
  if (flags.priority !== undefined && flags.pool === undefined) throw new UsageError("--priority goes with --pool NAME");
  if (flags["tty-size"] !== undefined && !flags.tty) throw new UsageError("--tty-size goes with --tty");
  if (flags.tty && flags.interactive)
    throw new UsageError("--tty and --interactive exclude each other; to type: overmind attach");
}

const agentFlags = ["model", "prompt", "permission-mode", "allow-tool", "system-prompt", "mcp-config", "provider-arg"] as const;

/** A command is told nothing: what is meant for an agent would be lost. */
function refuseAgentFlags(flags: RunArguments["flags"]): void {
  if ((flags.provider ?? "raw") !== "raw") return;
  const idle = agentFlags.find((name) => flags[name] !== undefined && flags[name].length > 0);
  if (idle !== undefined)
    throw new UsageError(`--${idle} is for an agent: it goes with --provider`, "Try: overmind agents-available");
}

/** One word is a shell line, several are joined to one; behind `--` they are an argv, run without a shell. */
function commandWords({ positionals, afterDashes }: RunArguments): { command?: string; argv?: readonly string[] } {
  if (positionals.length === 0) return {};
  return afterDashes ? { argv: positionals } : { command: positionals.join(" ") };
}

function inherited(context: CommandLineContext, flags: RunArguments["flags"]): object {
  const caller = callerEnvironment(context.environment);
  const added = { ...Object.assign({}, ...flags["env-file"].map(readEnvFile)), ...readPairs(flags.env, "--env") };
  const isReplaced = (entry: string) =>
    Object.keys(added).some((name) => Buffer.from(entry, "base64").toString("latin1").startsWith(`${name}=`));
  return {
    cwd: flags.cwd?.startsWith("/") ? flags.cwd : resolve(callerDirectory(), flags.cwd ?? ""),
    env: { ...caller.env, ...added },
    env_bytes: caller.env_bytes.length > 0 ? caller.env_bytes.filter((entry) => !isReplaced(entry)) : undefined,
    ...callerLimits(),
    ...(flags.nice === undefined ? {} : { nice: flags.nice }),
  };
}

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

function readExitCode(word: string): number {
  const code = Number(word);
  if (!/^\d+$/.test(word) || code > 255) throw new UsageError(`--success-codes takes exit codes from 0 to 255, not '${word}'`);
  return code;
}

function readSignal(word: string): string {
  try {
    return signalName(word, "--stop-signal");
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
