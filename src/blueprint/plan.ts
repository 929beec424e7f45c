import type { Agent, Blueprint, Condition } from "./blueprint.ts";
import { instancesOf } from "./draw-graph.ts";
import { type CriticalPath, criticalPath, wavesOf } from "./graph.ts";
import type { ParamValues } from "./params.ts";
import type { Reference } from "./reference.ts";
import type { Template } from "./template.ts";
import { asText, lookUp } from "./values.ts";

/** An agent as `agents` and `plan` show it, on the wire and as JSON. Values of its environment are never shown. */
export interface AgentView {
  readonly name: string;
  readonly description: string | null;
  readonly type: string;
  readonly provider: string;
  readonly model: string | null;
  readonly command: string | null;
  readonly argv: readonly string[] | null;
  readonly prompt: string | null;
  readonly cwd: string;
  readonly env: readonly string[];
  readonly depends_on: Readonly<Record<string, Condition>>;
  readonly conditional: boolean;
  readonly instances: number | null;
  readonly verify: readonly string[];
  readonly retry: number;
  readonly restart: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly finally: boolean;
}

export interface PlanView {
  readonly name: string;
  readonly description: string | null;
  readonly files: readonly string[];
  readonly params: ParamValues;
  readonly max_parallel: number | null;
  readonly on_failure: string;
  /** False: services end once all tasks have ended. */
  readonly keep_services: boolean;
  readonly waves: readonly (readonly AgentView[])[];
  /** Agents that count as done, by an earlier run. */
  readonly behind: readonly string[];
  /** How long agents took in earlier runs, ms by name. */
  readonly expected_ms: Readonly<Record<string, number>>;
  /** Null while no duration is known. */
  readonly critical_path: CriticalPath | null;
}

/** What would start, in which waves. Params stand in the commands; what is known only on the way stays a reference. */
export function planOf(
  blueprint: Blueprint,
  params: ParamValues,
  durationsMs: ReadonlyMap<string, number> = new Map(),
  behind: readonly string[] = [],
): PlanView {
  const show = shownWith(blueprint, params);
  const agents = new Map([...blueprint.agents].filter(([name]) => !behind.includes(name)));
  const expected = new Map([...durationsMs].filter(([name]) => agents.has(name)));
  return {
    name: blueprint.name,
    description: blueprint.description,
    files: blueprint.files,
    params,
    max_parallel: blueprint.maxParallel,
    on_failure: blueprint.onFailure,
    keep_services: blueprint.keepsServices ?? true,
    waves: wavesOf(agents).map((wave) => wave.map((agent) => agentView(agent, show))),
    behind,
    expected_ms: Object.fromEntries(expected),
    critical_path: criticalPath(agents, expected),
  };
}

/** The agents as the file has them, in its order. */
export const agentViews = ({ agents }: Blueprint): readonly AgentView[] =>
  [...agents.values()].map((agent) => agentView(agent, ({ text }) => text));

function agentView(agent: Agent, show: (template: Template) => string): AgentView {
  const { work } = agent;
  return {
    name: agent.name,
    description: agent.description,
    type: agent.type,
    provider: agent.provider,
    model: agent.model,
    command: work.is === "command" ? show(work.line) : null,
    argv: work.is === "argv" ? work.words.map(show) : null,
    prompt: work.is === "prompt" ? show(work.text) : null,
    cwd: agent.cwd,
    env: [...agent.env.keys()],
    depends_on: Object.fromEntries(agent.dependsOn.map(({ agent: on, condition }) => [on, condition])),
    conditional: agent.when !== null,
    instances: instancesOf(agent),
    verify: agent.verify.map(show),
    retry: agent.retry,
    restart: agent.policy.restart ?? null,
    labels: agent.labels,
    finally: agent.isFinally,
  };
}

/** How texts look with their params filled in; what is known only on the way stays as it is written. */
export function shownWith({ directory }: Blueprint, params: ParamValues): (template: Template) => string {
  const values = { params, env: {}, blueprintDir: directory, runId: "", agents: new Map() };
  const isKnown = ({ of }: Reference) => of === "param" || of === "blueprint_dir";
  return ({ parts }) =>
    parts
      .map((part) => {
        if (typeof part === "string") return part;
        return isKnown(part.reference) ? asText(lookUp(part.reference, values)) : part.shown;
      })
      .join("");
}
