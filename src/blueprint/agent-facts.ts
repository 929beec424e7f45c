import type { Agent, FanOut, Ready, Work } from "./blueprint.ts";
import type { Expression } from "./expression.ts";
import type { ParamValues } from "./params.ts";
import type { Template } from "./template.ts";

/** What is said of an agent, by the keys that the file has for it; undefined where nothing is. */
export type Facts = Readonly<Record<string, unknown>>;

export interface AgentFacts {
  readonly shown: Facts;
  /** Values of its environment. */
  readonly hidden: Facts;
}

interface Filled {
  readonly params: ParamValues;
  /** A text with its params filled in. */
  readonly show: (template: Template) => string;
}

/** Everything that decides how an agent runs, in a form that can be compared and shown. */
export function agentFacts(agent: Agent, fileEnv: Readonly<Record<string, string>>, filled: Filled): AgentFacts {
  const { show } = filled;
  const { restart, maxRestarts, maxSeconds, backoffMs, activityTimeoutMs, timeoutMs, graceMs, onStall, successCodes } =
    agent.policy;
  const shown: Facts = {
    description: agent.description ?? undefined,
    ...workFacts(agent.work, show),
    provider: agent.provider,
    type: agent.type,
    model: agent.model ?? undefined,
    ...optionFacts(agent, show),
    cwd: agent.cwd,
    restart,
    max_restarts: maxRestarts,
    max_seconds: maxSeconds,
    backoff: duration(backoffMs),
    activity_timeout: duration(activityTimeoutMs),
    timeout: duration(timeoutMs),
    grace: duration(graceMs),
    on_stall: onStall,
    success_codes: successCodes,
    on_ask: agent.policy.onAsk,
    approvals: agent.policy.approvals,
    ...prefixed("labels", Object.entries(agent.labels)),
    depends_on: dependencies(agent),
    when: agent.when === null ? undefined : expressionText(agent.when, filled.params),
    retry: agent.retry,
    verify: agent.verify.length === 0 ? undefined : agent.verify.map(show),
    verify_rounds: agent.verifyRounds,
    ...readyFacts(agent.ready, show),
    expects: agent.expects,
    schema: agent.schema ?? undefined,
    ...fanOutFacts(agent.fanOut, show),
    max_parallel: agent.maxParallel ?? undefined,
    strategy: agent.strategy ?? undefined,
    finally: agent.isFinally,
  };
  const env = [...agent.env].map(([name, template]) => [name, show(template)] as const);
  return { shown, hidden: { ...prefixed("env", env), ...prefixed("env_file", Object.entries(fileEnv)) } };
}

/** To the millisecond, as it could be written. */
export function duration(ms: number | null | undefined): string | undefined {
  if (ms === null || ms === undefined) return undefined;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

function workFacts(work: Work, show: Filled["show"]): Facts {
  switch (work.is) {
    case "command":
      return { command: show(work.line) };
    case "argv":
      return { argv: work.words.map(show) };
    case "prompt":
      return { prompt: show(work.text), argv: work.program.length === 0 ? undefined : work.program.map(show) };
    case "nothing":
      return {};
  }
}

function optionFacts({ options, budget, policy }: Agent, show: Filled["show"]): Facts {
  const { permissionMode, allowTools, systemPrompt, mcpConfig, providerArgs, account } = options;
  return {
    permission_mode: permissionMode,
    allow_tools: allowTools,
    system_prompt: systemPrompt === undefined ? undefined : show(systemPrompt),
    mcp_config: mcpConfig,
    provider_args: providerArgs,
    account,
    max_turns: budget.maxTurns,
    max_tokens: budget.maxTokens,
    max_cost_usd: budget.maxCostUsd,
    on_budget: policy.onBudget,
  };
}

function readyFacts(ready: Ready | null, show: Filled["show"]): Facts {
  if (ready === null) return {};
  const { log, http, command, timeoutMs } = ready;
  return {
    "ready.log": log ?? undefined,
    "ready.http": http === null ? undefined : show(http),
    "ready.command": command === null ? undefined : show(command),
    "ready.timeout": duration(timeoutMs),
  };
}

function fanOutFacts(fanOut: FanOut | null, show: Filled["show"]): Facts {
  switch (fanOut?.is) {
    case undefined:
      return {};
    case "replicas":
      return { replicas: fanOut.count };
    case "matrix":
      return { matrix: fanOut.combinations };
    case "foreach":
      return { foreach: "parts" in fanOut.items ? show(fanOut.items) : fanOut.items };
  }
}

function dependencies({ dependsOn }: Agent): Facts | undefined {
  const pairs = dependsOn.map(({ agent, condition }) => [agent, condition] as const);
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** As it could be written; a param stands with its value, which decides as much as the words do. */
function expressionText(expression: Expression, params: ParamValues): string {
  const text = (part: Expression) => expressionText(part, params);
  switch (expression.is) {
    case "value":
      return JSON.stringify(expression.value);
    case "reference": {
      const { reference, shown } = expression;
      return reference.of === "param" ? `${shown} (${JSON.stringify(params[reference.name] ?? null)})` : shown;
    }
    case "not":
      return `!(${text(expression.of)})`;
    case "pair":
      return `${inBrackets(expression.left, text)} ${expression.operator} ${inBrackets(expression.right, text)}`;
    case "test":
      return `${expression.name}(${text(expression.text)}, ${text(expression.part)})`;
  }
}

const inBrackets = (part: Expression, text: (part: Expression) => string): string =>
  part.is === "pair" ? `(${text(part)})` : text(part);

const prefixed = (prefix: string, pairs: readonly (readonly [string, string])[]): Facts =>
  Object.fromEntries(pairs.map(([name, value]) => [`${prefix}.${name}`, value]));
