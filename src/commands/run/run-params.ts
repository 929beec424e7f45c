import * as v from "valibot";
import { OvermindError } from "../../base/errors.ts";
import { isMissionName } from "../../base/mission-name.ts";
import { signalName } from "../../base/signals.ts";
import type { RestartPolicy } from "../../protocol/mission.ts";
import { providerKinds } from "../../providers/provider.ts";
import type { AgentOptions, RunRequest } from "../../supervisor/daemon-context.ts";
import { approvals } from "../approval-params.ts";
import { terminalSize } from "../terminal-size.ts";
import { count, flag, labels, reference, references, runnableType, texts } from "../wire-fields.ts";

// MAX_ARG_STRLEN of execve(2) is 131072 with the final NUL: a longer word cannot be run.
const longestWord = 131_071;

const word = v.pipe(
  v.string("must be text"),
  v.check((text) => Buffer.byteLength(text) <= longestWord, "must not exceed 128 KiB; give more by standard input or a file"),
  v.check((text) => !text.includes("\0"), "must not hold a NUL"),
);
const text = v.string("must be text");
const named = v.pipe(text, v.minLength(1, "must not be empty"));
const positive = v.pipe(v.number("must be a number"), v.minValue(0, "must not be negative"));
const exitCode = v.pipe(count, v.maxValue(255, "must be an exit code from 0 to 255"));

const policies: Readonly<Record<string, RestartPolicy>> = {
  never: "never",
  "on-failure": "on_failure",
  on_failure: "on_failure",
  always: "always",
};
const restartPolicy = v.pipe(
  v.string("invalid_restart_policy"),
  v.check((name) => Object.hasOwn(policies, name), "invalid_restart_policy"),
  v.transform((name) => policies[name] as RestartPolicy),
);

/** The arguments of `run` on the wire. The first protocol's names keep its units; new names carry theirs. */
export const runParams = v.object({
  command: v.optional(word),
  argv: v.optional(v.array(word, "must be a list of words")),
  name: v.optional(
    v.pipe(text, v.check(isMissionName, "takes a letter or digit, then letters, digits and _.-, at most 63 characters")),
  ),
  type: v.optional(runnableType, "task"),
  provider: v.optional(
    v.pipe(
      text,
      v.check(
        (name) => (providerKinds as readonly string[]).includes(name),
        `this provider is not available; there is ${providerKinds.join(", ")}`,
      ),
    ),
    "raw",
  ),
  model: v.optional(named),
  /** What an agent is asked; `command` otherwise. */
  prompt: v.optional(text),
  permission_mode: v.optional(word),
  allow_tools: v.optional(v.array(word, "must be a list of words")),
  system_prompt: v.optional(word),
  max_turns: v.optional(count),
  mcp_config: v.optional(word),
  provider_args: v.optional(v.array(word, "must be a list of words")),
  cwd: v.optional(word),
  env: v.optional(texts),
  env_bytes: v.optional(v.array(v.pipe(text, v.base64("must be base64 of NAME=value")))),
  umask: v.optional(v.pipe(count, v.maxValue(0o777, "must be a file mode"))),
  nofile: v.optional(count),
  nice: v.optional(
    v.pipe(
      v.number("must be a number"),
      v.integer("must be a whole number"),
      v.minValue(-20, "must be from -20 to 19"),
      v.maxValue(19, "must be from -20 to 19"),
    ),
  ),
  parent: v.optional(reference),
  /** The mission in which the caller runs; one that is not known here is no error. */
  inherited_parent: v.optional(text),
  labels: v.optional(labels, {}),
  grace_ms: v.optional(count),
  stop_signal: v.optional(text),
  timeout_seconds: v.optional(positive),
  success_codes: v.optional(v.pipe(v.array(exitCode, "must be a list of exit codes"), v.minLength(1, "must hold a code"))),
  keep_leftovers: flag,
  stdin: v.optional(v.picklist(["open", "null"], "must be open or null"), "null"),
  remove_after: flag,
  restart: v.optional(restartPolicy),
  max_restarts: v.optional(count),
  max_seconds: v.optional(positive),
  /** Milliseconds, as in the first protocol. */
  backoff: v.optional(count),
  backoff_max_ms: v.optional(count),
  jitter: v.optional(
    v.pipe(v.number("must be a number"), v.minValue(0, "must be from 0 to 1"), v.maxValue(1, "must be from 0 to 1")),
  ),
  stable_seconds: v.optional(positive),
  /** Seconds without output. */
  activity_timeout: v.optional(positive),
  on_stall: v.optional(v.picklist(["kill", "notify", "interrupt"], "must be kill, notify or interrupt")),
  deadline_seconds: v.optional(positive),
  memory_max_bytes: v.optional(v.pipe(count, v.minValue(1, "must be at least 1"))),
  on_parent_exit: v.optional(v.picklist(["keep", "stop", "kill"], "must be keep, stop or kill")),
  on_ask: v.optional(v.picklist(["ask", "deny"], "must be ask or deny")),
  /** Rules for what its agent asks; they come before those of config.toml. */
  approvals: v.optional(approvals),
  /** Whose limits it meets; its provider's otherwise. */
  account: v.optional(named),
  auto_resume: v.optional(v.boolean("must be true or false")),
  max_cost_usd: v.optional(positive),
  max_tokens: v.optional(count),
  on_budget: v.optional(v.picklist(["wait", "stop"], "must be wait or stop")),
  after: v.optional(references),
  after_any: flag,
  delay_ms: v.optional(count),
  pool: v.optional(
    v.pipe(text, v.check(isMissionName, "takes a letter or digit, then letters, digits and _.-, at most 63 characters")),
  ),
  priority: v.optional(v.pipe(v.number("must be a whole number"), v.integer("must be a whole number"))),
  /** Whether it runs on a terminal of its own. */
  tty: flag,
  /** Columns and rows of that terminal, `120x40`. */
  tty_size: v.optional(terminalSize),
  /** The request is a wait too: the mission's id and name come as an event, its end is the answer. */
  wait: flag,
});
export type RunParams = v.InferOutput<typeof runParams>;

/**
 * The checked arguments as what the daemon makes a mission of.
 *
 * @throws OvermindError empty_command, invalid_argument
 */
export function runRequest(given: RunParams, parent: string | undefined): RunRequest {
  return given.provider === "raw" ? commandRequest(given, parent) : agentRequest(given, parent);
}

/** An agent's words are its prompt, not a command; only `acp` is told what to run. */
function agentRequest(given: RunParams, parent: string | undefined): RunRequest {
  if (given.argv !== undefined && given.provider !== "acp") {
    throw new OvermindError("invalid_argument", "argv: is only for raw and acp; give the words as the prompt", {
      details: { field: "argv" },
    });
  }
  const agent: AgentOptions = {
    prompt: given.prompt,
    permissionMode: given.permission_mode,
    allowTools: given.allow_tools,
    systemPrompt: given.system_prompt,
    maxTurns: given.max_turns,
    mcpConfig: given.mcp_config,
    providerArgs: given.provider_args,
  };
  return { ...plainRequest(given, given.command, given.argv, parent), agent };
}

function commandRequest(given: RunParams, parent: string | undefined): RunRequest {
  const isSession = given.type === "session";
  // A session of raw without a command echoes what it is sent.
  const command = given.command?.trim() ? given.command : given.argv === undefined && isSession ? "cat" : undefined;
  if (command !== undefined && given.argv !== undefined) {
    throw new OvermindError("invalid_argument", "argv: give command or argv, not both", { details: { field: "argv" } });
  }
  if (command === undefined && !given.argv?.[0]) throw new OvermindError("empty_command");
  return plainRequest(given, command, command === undefined ? given.argv : undefined, parent);
}

function plainRequest(
  given: RunParams,
  command: string | undefined,
  argv: readonly string[] | undefined,
  parent: string | undefined,
): RunRequest {
  return {
    command,
    argv,
    name: given.name,
    type: given.type,
    provider: given.provider,
    model: given.model,
    cwd: given.cwd,
    env: given.env,
    envBytes: given.env_bytes,
    umask: given.umask,
    nofile: given.nofile,
    nice: given.nice,
    parent,
    labels: given.labels,
    graceMs: given.grace_ms,
    stopSignal: given.stop_signal === undefined ? undefined : signalName(given.stop_signal, "stop_signal"),
    timeoutMs: milliseconds(given.timeout_seconds),
    successCodes: given.success_codes,
    keepLeftovers: given.keep_leftovers,
    stdin: given.type === "session" ? "open" : given.stdin,
    removeAfter: given.remove_after,
    restart: given.restart,
    maxRestarts: given.max_restarts,
    maxSeconds: given.max_seconds,
    backoffMs: given.backoff,
    backoffMaxMs: given.backoff_max_ms,
    jitter: given.jitter,
    stableSeconds: given.stable_seconds,
    activityTimeoutMs: milliseconds(given.activity_timeout),
    onStall: given.on_stall,
    deadlineMs: milliseconds(given.deadline_seconds),
    memoryMaxBytes: given.memory_max_bytes,
    onParentExit: given.on_parent_exit,
    onAsk: given.on_ask,
    approvals: given.approvals,
    account: given.account,
    autoResume: given.auto_resume,
    onBudget: given.on_budget,
    budget: {
      max_cost: given.max_cost_usd ?? null,
      max_tokens: given.max_tokens ?? null,
      max_turns: given.max_turns ?? null,
    },
    after: given.after,
    afterAny: given.after_any,
    delayMs: given.delay_ms,
    pool: given.pool,
    priority: given.priority,
    terminal: terminalOf(given),
  };
}

// Wide enough for what agents draw, and within what every screen of today shows.
const usualTerminal = { columns: 120, rows: 40 };

function terminalOf({ tty, tty_size, stdin }: RunParams): RunRequest["terminal"] {
  const refused = (field: string, says: string) =>
    new OvermindError("invalid_argument", `${field}: ${says}`, { details: { field } });
  if (!tty && tty_size !== undefined) throw refused("tty_size", "goes with tty");
  if (tty && stdin === "open") throw refused("stdin", "must be null with tty: what is typed on the terminal is its input");
  return tty ? (tty_size ?? usualTerminal) : undefined;
}

const milliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : Math.round(seconds * 1000);
