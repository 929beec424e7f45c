import type { Agent } from "../../blueprint/blueprint.ts";
import type { Step } from "../../blueprint/pipeline.ts";
import { fill, type ResolvedWork, resolveLine, resolveWork, shownLine } from "../../blueprint/resolve.ts";
import type { Template } from "../../blueprint/template.ts";
import type { Values } from "../../blueprint/values.ts";
import type { ApplyRequest, RunRequest } from "../daemon-context.ts";

export interface StepRequest {
  readonly applied: ApplyRequest;
  readonly pipeline: string;
  readonly agent: Agent;
  readonly step: Step;
  readonly values: Values;
  /** Of its mission; undefined: one is made up. */
  readonly name: string | undefined;
}

/**
 * What one process of an agent is run as.
 *
 * @throws OvermindError invalid_argument when a value cannot be put in
 */
export function agentRequest(asked: StepRequest): RunRequest {
  const { agent, values } = asked;
  const { restart, ...policy } = agent.policy;
  const work = resolveWork(agent, values);
  const { maxCostUsd, maxTokens, maxTurns } = agent.budget;
  return {
    ...policy,
    ...base(asked, work),
    ...(agent.work.is === "command" && { shownCommand: shownLine(agent.work.line, values) }),
    ...(agent.provider === "raw" ? commandPart(agent, work) : agentPart(agent, work.prompt, (text) => fill(text, values))),
    type: agent.type,
    model: agent.model ?? undefined,
    budget: { max_cost: maxCostUsd ?? null, max_tokens: maxTokens ?? null, max_turns: maxTurns ?? null },
    // A service is kept up.
    restart: restart ?? (agent.type === "service" ? "always" : undefined),
  };
}

/**
 * What makes a mission that of an agent.
 *
 * @param textOf a text with its references filled in
 */
export function agentPart(
  { provider, options, budget: { maxTurns } }: Agent,
  prompt: string | undefined,
  textOf: (template: Template) => string,
): Pick<RunRequest, "provider" | "account" | "agent"> {
  const { permissionMode, allowTools, systemPrompt, mcpConfig, providerArgs, account } = options;
  return {
    provider,
    account,
    agent: {
      prompt,
      permissionMode,
      allowTools,
      systemPrompt: systemPrompt === undefined ? undefined : textOf(systemPrompt),
      maxTurns,
      mcpConfig,
      providerArgs,
    },
  };
}

/** A shell line that verifies an agent. */
export function checkRequest(asked: StepRequest, line: Template): RunRequest {
  const { timeoutMs, graceMs } = asked.agent.policy;
  return { ...base(asked, lineOf(asked, line)), shownCommand: shownLine(line, asked.values), timeoutMs, graceMs };
}

/** A shell line that is asked again and again until it says that an agent is ready. */
export function probeRequest(asked: StepRequest, line: Template, timeoutMs: number): RunRequest {
  const { command, env } = lineOf(asked, line);
  const asking = base(asked, { command: `until {\n${command}\n}; do sleep 0.2; done`, env });
  return { ...asking, shownCommand: shownLine(line, asked.values), timeoutMs };
}

/** With the agent's own variables, as its command has them. */
function lineOf({ agent, values }: StepRequest, line: Template): ResolvedWork & { readonly command: string } {
  const own = resolveWork({ ...agent, work: { is: "nothing" } }, values).env;
  const { command, env } = resolveLine(line, agent.name, values);
  return { command, env: { ...own, ...env } };
}

/** A session of raw without a command echoes what it is sent. */
function commandPart({ type }: Agent, { command, argv }: ResolvedWork): Partial<RunRequest> {
  if (type !== "session") return {};
  return { stdin: "open", ...(command === undefined && argv === undefined && { command: "cat" }) };
}

function base({ applied, pipeline, agent, step, values, name }: StepRequest, work: ResolvedWork): RunRequest {
  const { env, envBytes, umask, nofile, nice, agentEnv } = applied;
  const { command, argv } = work;
  const index = agent.fanOut === null ? {} : { OVERMIND_INDEX: String(step.index) };
  // As many servers read it; what the file says of the same name in `env` wins over it, an `env_file` does not.
  const port = values.port === undefined ? {} : { PORT: String(values.port) };
  const own = { ...agentEnv[agent.name], ...index, ...port, ...work.env };
  const isReplaced = (entry: string) =>
    Object.keys(own).some((key) => Buffer.from(entry, "base64").toString("latin1").startsWith(`${key}=`));
  return {
    ...(command === undefined ? { argv } : { command }),
    name,
    type: "task",
    provider: "raw",
    cwd: agent.cwd,
    env: { ...env, ...own },
    envBytes: envBytes?.filter((entry) => !isReplaced(entry)),
    umask,
    nofile,
    nice,
    parent: pipeline,
    labels: agent.labels,
    restart: "never",
    keepLeftovers: false,
    stdin: "null",
    removeAfter: false,
    onParentExit: "stop",
  };
}
