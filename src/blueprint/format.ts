import type { Keys, Shape, ValueOf } from "./shape.ts";

// The format as one table: what may stand where. Checks, types and the JSON Schema read it.

export const providers = ["raw", "claude", "codex", "gemini", "opencode", "acp"] as const;
export const agentTypes = ["task", "session", "service"] as const;
/** `finished`: ended, whatever the code. */
export const conditions = ["started", "ready", "completed", "finished"] as const;
export const strategies = ["one_for_one", "one_for_all", "rest_for_one"] as const;
export const paramTypes = ["string", "integer", "number", "boolean", "list"] as const;
export const onFailureChoices = ["stop", "continue"] as const;

/** Replicas, or combinations of a matrix, that one agent may have. */
export const mostInstances = 1000;
const longestList = 10_000;

const text = { is: "text" } as const;
const line = { is: "text", pattern: /\S/, wants: "text that is not blank" } as const;
const flag = { is: "flag" } as const;
const count = { is: "whole", least: 0 } as const;
const slots = { is: "whole", least: 1 } as const;
const seconds = { is: "duration", unit: "s" } as const;
const any = { is: "any" } as const;
const lines = { is: "list", of: line, most: longestList } as const;
const oneOrMore = { is: "either", of: [line, lines] } as const;
const scalar = { is: "either", of: [text, { is: "number" }, flag] } as const;

const agentName = {
  names: /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
  wants: "a letter or digit, then at most 62 letters, digits, _ and -",
};
const missionName = {
  names: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/,
  wants: "a letter or digit, then at most 62 letters, digits, _, . and -",
};
const plainName = { names: /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, wants: "a letter or _, then letters, digits, _ and -" };
const variable = { names: /^[A-Za-z_][A-Za-z0-9_]*$/, wants: "a letter or _, then letters, digits and _" };
const label = { names: /^[A-Za-z0-9][A-Za-z0-9_./-]{0,62}$/, wants: "letters, digits and _./-, at most 63" };

const approval = {
  is: "table",
  keys: {
    tool: { shape: line, says: "Glob of the tool's name." },
    match: { shape: line, says: "Glob of the command line, else of the path, else of the input as JSON; anything otherwise." },
    answer: { shape: { is: "choice", of: ["allow", "deny", "ask"] }, says: "ask leaves it to a person." },
    message: { shape: line, says: "Told to the agent with a denial." },
  },
} as const satisfies Shape;

/** What `[defaults]` may say for every agent. */
const sharedKeys = {
  provider: { shape: { is: "choice", of: providers }, says: "The kind of agent; raw runs any command." },
  type: {
    shape: { is: "choice", of: agentTypes },
    says: "task runs to its end, session stays up and takes messages, service is kept up.",
  },
  model: { shape: line, says: "The model of an agent provider." },
  cwd: { shape: line, says: "Working directory, relative to this file; the blueprint's directory otherwise." },
  env: { shape: { is: "map", of: text, ...variable }, says: "Variables of its environment; references are put in whole." },
  env_file: { shape: oneOrMore, says: "Files of K=V lines, relative to this file." },
  restart: {
    shape: { is: "choice", of: ["never", "on-failure", "always", "on_failure"] },
    says: "When its process starts again.",
  },
  max_restarts: { shape: count, says: "Restarts within max_seconds before it gives up; 0 never gives up." },
  max_seconds: { shape: { is: "number", least: 0 }, says: "The window of max_restarts, in seconds." },
  backoff: { shape: { is: "duration", unit: "ms" }, says: "Delay before the first restart; a bare number is milliseconds." },
  activity_timeout: { shape: seconds, says: "Silence after which it counts as stalled; a bare number is seconds, 0 is never." },
  timeout: { shape: seconds, says: "Bound of one attempt; a bare number is seconds, 0 is none." },
  grace: { shape: seconds, says: "Time between being asked to end and being killed; a bare number is seconds." },
  on_stall: { shape: { is: "choice", of: ["kill", "notify", "interrupt"] }, says: "What happens when it stalls." },
  on_ask: {
    shape: { is: "choice", of: ["ask", "deny"] },
    says: "What becomes of what it asks: a person is asked, or it is denied at once.",
  },
  approvals: {
    shape: { is: "list", of: approval, most: mostInstances },
    says: "Rules that answer what it asks, before those of config.toml; the first that matches wins.",
  },
  permission_mode: { shape: line, says: "What an agent may do unasked, in its own words." },
  allow_tools: { shape: lines, says: "Tools that an agent may use unasked." },
  system_prompt: { shape: line, says: "Added to an agent's own; references are put in whole." },
  mcp_config: { shape: line, says: "A file of MCP servers in the agent's own format, relative to this file." },
  provider_args: { shape: { is: "list", of: text, most: longestList }, says: "Words passed on to the agent as they are." },
  account: {
    shape: { is: "text", pattern: missionName.names, wants: missionName.wants },
    says: "Whose limits an agent meets; its provider's otherwise.",
  },
  max_turns: { shape: slots, says: "Turns that it, and all below it, may take." },
  max_tokens: { shape: count, says: "Tokens that it, and all below it, may use." },
  max_cost_usd: { shape: { is: "number", least: 0 }, says: "What it, and all below it, may cost, in dollars." },
  on_budget: { shape: { is: "choice", of: ["wait", "stop"] }, says: "When that is spent: it waits for a person, or ends." },
  success_codes: {
    shape: { is: "list", of: { is: "whole", least: 0, most: 255 }, least: 1 },
    says: "Exit codes that count as success.",
  },
  labels: { shape: { is: "map", of: text, ...label }, says: "Labels of its mission, for ps --label." },
  verify: { shape: oneOrMore, says: "Shell commands that must pass before it counts as completed." },
  verify_rounds: { shape: { is: "whole", least: 0, most: 100 }, says: "How often a failed verify is sent back to a session." },
  retry: {
    shape: { is: "whole", least: 0, most: 100 },
    says: "How often it is tried again after it failed; a service once it gave up its restarts, or was not ready in time.",
  },
} as const satisfies Keys;

const ready = {
  is: "table",
  keys: {
    log: { shape: line, says: "Ready once its output holds this text." },
    http: { shape: line, says: "Ready once this URL answers with a status of 200 to 299." },
    command: { shape: line, says: "Ready once this shell command exits with 0." },
    timeout: { shape: seconds, says: "Not ready after this time is a failure; 30 seconds otherwise." },
  },
} as const satisfies Shape;

const agentKeys = {
  ...sharedKeys,
  description: { shape: text, says: "What it is for." },
  command: { shape: line, says: "A shell command line. A reference becomes a variable that the shell expands: quote it." },
  argv: {
    shape: { is: "list", of: text, least: 1, most: longestList },
    says: "Words run without a shell; references are put in whole.",
  },
  prompt: { shape: line, says: "What an agent provider is asked; references are put in whole." },
  replicas: { shape: { is: "whole", least: 1, most: mostInstances }, says: "How many of it run, each with its index." },
  depends_on: {
    shape: { is: "either", of: [lines, { is: "map", of: { is: "choice", of: conditions }, ...agentName }] },
    says: "Agents it waits for: a list (completed; a service: ready), or a table of conditions.",
  },
  when: { shape: line, says: "It runs only when this holds, such as agents.test.exit_code != 0." },
  ready: { shape: ready, says: "How it is known to be ready." },
  expects: { shape: { is: "choice", of: ["text", "json"] }, says: "json: its result must be JSON, or it failed." },
  schema: { shape: line, says: "A JSON Schema file that its result must fit, relative to this file." },
  matrix: {
    shape: { is: "map", of: { is: "list", of: scalar, least: 1, most: mostInstances }, ...plainName },
    says: "One of it runs for every combination of these values.",
  },
  foreach: { shape: { is: "either", of: [line, { is: "list", of: any }] }, says: "One of it runs for every item of this list." },
  max_parallel: { shape: slots, says: "How many of a fan-out run at once." },
  strategy: {
    shape: { is: "choice", of: strategies },
    says: "Which services of a fan-out start again when one of them crashes.",
  },
  finally: { shape: flag, says: "It runs after all others, whatever happened." },
} as const satisfies Keys;

const param = {
  is: "table",
  keys: {
    type: { shape: { is: "choice", of: paramTypes }, says: "string where nothing is said." },
    default: { shape: any, says: "Its value when none is given." },
    required: { shape: flag, says: "Whether one must be given; true without a default." },
    choices: { shape: { is: "list", of: scalar, least: 1 }, says: "The values it may have." },
    description: { shape: text, says: "What it is for." },
  },
} as const satisfies Shape;

const blueprint = {
  is: "table",
  keys: {
    name: {
      shape: { is: "text", pattern: agentName.names, wants: agentName.wants },
      says: "Name of the pipeline; the file's otherwise.",
    },
    description: { shape: text, says: "What the team is for." },
    max_parallel: { shape: slots, says: "How many agents run at once; services do not count." },
    on_failure: {
      shape: { is: "choice", of: onFailureChoices },
      says: "stop ends all at the first failure; continue lets independent branches finish.",
    },
    strategy: {
      shape: { is: "choice", of: strategies },
      says: "Which services start again when one of them crashes: that one, all, or those started since too.",
    },
    keep_services: {
      shape: flag,
      says: "false: once all tasks have ended services end too, and the pipeline with them; otherwise they stay up until down.",
    },
    timeout: { shape: seconds, says: "Bound of the whole pipeline; a bare number is seconds, 0 is none." },
  },
} as const satisfies Shape;

export const fileShape = {
  is: "table",
  keys: {
    include: { shape: oneOrMore, says: "Files whose params, defaults and agents belong to this one." },
    blueprint: { shape: blueprint, says: "The pipeline as a whole." },
    defaults: { shape: { is: "table", keys: sharedKeys }, says: "What holds for every agent that does not say otherwise." },
    params: { shape: { is: "map", of: param, ...plainName }, says: "What apply -p NAME=VALUE may set." },
    agents: { shape: { is: "map", of: { is: "table", keys: agentKeys }, ...agentName }, says: "The agents by name." },
  },
} as const satisfies Shape;

export type RawFile = ValueOf<typeof fileShape>;
export type RawDefaults = NonNullable<RawFile["defaults"]>;
export type RawAgent = NonNullable<RawFile["agents"]>[string];
export type RawParam = NonNullable<RawFile["params"]>[string];
