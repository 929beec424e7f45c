import type { Agent, Blueprint } from "../../blueprint/blueprint.ts";
import type { PipelineState, StepState } from "../../blueprint/next-steps.ts";
import { type Pipeline, pipelineOf, type Step, withItems } from "../../blueprint/pipeline.ts";
import { resolveItems } from "../../blueprint/resolve.ts";
import type { Outcome, Values } from "../../blueprint/values.ts";
import type { LeavingAgent, PipelineHistory, StepHistory } from "../../events/domain-event.ts";
import type { StepHistories } from "../../events/step-histories.ts";
import type { ApplyRequest } from "../daemon-context.ts";
import { portOf, withEarlier } from "./history.ts";
import type { Results } from "./results.ts";

/** Items that one `foreach` may have. */
const mostItems = 10_000;

export interface BookParts {
  /** The pipeline's id. */
  readonly id: string;
  readonly applied: ApplyRequest;
  readonly results: Results;
  /** What was decided so far, as it is stored now. */
  readonly history: () => PipelineHistory;
}

/** What a pipeline knows of its agents, read from what was decided: the walk's state, and the values that references stand for. */
export class PipelineBook {
  readonly #parts: BookParts;
  readonly #referenced: ReadonlySet<string>;
  #pipeline: Pipeline;
  /** The history as it was asked for last. */
  #known: { readonly own: PipelineHistory; readonly all: PipelineHistory } | null = null;
  readonly #states = new WeakMap<StepHistory, StepState>();
  /** Why the list of an agent could not be filled in. */
  readonly #unreadable = new Map<string, unknown>();
  /** By name, of each list of steps. */
  readonly #named = new WeakMap<readonly Step[], ReadonlyMap<string, Step>>();

  constructor(parts: BookParts) {
    this.#parts = parts;
    const { blueprint } = parts.applied;
    this.#pipeline = pipelineOf(blueprint);
    this.#referenced = agentsReferenced(blueprint);
    // Lists that a former daemon had filled in: the results they came from are kept.
    const begun = new Set([...this.steps].map(([, step]) => step.agent));
    for (const { name } of this.#pipeline.order)
      if (begun.has(name) && this.#pipeline.steps.get(name) === null) this.expand(name);
  }

  get pipeline(): Pipeline {
    return this.#pipeline;
  }

  get applied(): ApplyRequest {
    return this.#parts.applied;
  }

  get history(): PipelineHistory {
    const own = this.#parts.history();
    if (own !== this.#known?.own) this.#known = { own, all: withEarlier(own, this.#parts.applied.earlier) };
    return this.#known.all;
  }

  get steps(): StepHistories {
    return this.history.steps;
  }

  /** What a change of the blueprint ends. */
  get leaving(): readonly LeavingAgent[] {
    return this.history.leaving ?? [];
  }

  agent(name: string): Agent {
    const agent = this.#pipeline.agents.get(name);
    if (agent === undefined) throw new Error(`the pipeline has no agent ${name}`);
    return agent;
  }

  step(agent: string, name: string): Step {
    const step = this.#namedSteps(agent).get(name);
    if (step === undefined) throw new Error(`the pipeline has no step ${name}`);
    return step;
  }

  historyOf(name: string): StepHistory | undefined {
    return this.steps.get(name);
  }

  /** The loopback port that a step was given. */
  portOf(name: string): number | undefined {
    return portOf(this.history, name);
  }

  /** Whether anybody asks for what an agent leaves behind. */
  isReferenced(agent: string): boolean {
    return this.#referenced.has(agent);
  }

  /** Fills in the list of a `foreach`. One that cannot be read becomes a single step, which will fail for the same reason. */
  expand(agent: string): void {
    let items: readonly unknown[] = [null];
    this.#unreadable.delete(agent);
    try {
      items = resolveItems(this.agent(agent), this.values(), mostItems);
    } catch (error) {
      // Told when its step starts.
      this.#unreadable.set(agent, error);
    }
    this.#pipeline = withItems(this.#pipeline, agent, items);
  }

  /** Fills in each list whose agent could start: of what has ended, those that had no items. */
  expandKnown(): void {
    const { skipped, steps } = this.history;
    const isDone = (name: string) =>
      this.#pipeline.steps.get(name)?.every((step) => steps.get(step.name)?.end?.how === "succeeded");
    for (const { name, dependsOn } of this.#pipeline.order)
      if (this.#pipeline.steps.get(name) === null && !skipped.includes(name) && dependsOn.every(({ agent }) => isDone(agent)))
        this.expand(name);
  }

  /** @throws OvermindError invalid_argument where a `foreach` had no list when it was filled in */
  checkItems({ name }: Agent): void {
    if (this.#unreadable.has(name)) throw this.#unreadable.get(name);
  }

  state(isEnding: boolean): PipelineState {
    const { skipped, steps } = this.history;
    return {
      steps: { get: (name) => this.#stateOf(steps.get(name)) },
      skipped: new Set(skipped),
      isEnding,
    };
  }

  /** What references stand for, for one step or for a whole agent. */
  values(step?: Step): Values {
    const { id, applied } = this.#parts;
    const { blueprint, params, env } = applied;
    const known = new Map<string, Outcome | readonly Outcome[] | undefined>();
    const outcomeOf = (name: string) => {
      if (!known.has(name)) known.set(name, this.#outcomeOf(name) ?? undefined);
      return known.get(name);
    };
    const agents = { get: outcomeOf };
    const port = step && this.portOf(step.name);
    const own =
      step === undefined
        ? {}
        : { matrix: step.matrix ?? {}, item: step.item, index: step.index, ...(port !== undefined && { port }) };
    return { params, env, blueprintDir: blueprint.directory, runId: id, agents, ...own };
  }

  #namedSteps(agent: string): ReadonlyMap<string, Step> {
    const steps = this.#pipeline.steps.get(agent) ?? [];
    const known = this.#named.get(steps);
    if (known !== undefined) return known;
    const named = new Map(steps.map((step) => [step.name, step]));
    this.#named.set(steps, named);
    return named;
  }

  /** Asked of each step at each change, of which one is different. */
  #stateOf(step: StepHistory | undefined): StepState | undefined {
    if (step === undefined) return undefined;
    const known = this.#states.get(step) ?? this.#newState(step);
    this.#states.set(step, known);
    return known;
  }

  #newState({ agent, tries, isReady, end }: StepHistory): StepState {
    const { ready, type } = this.agent(agent);
    const wasReady = isReady || (ready === null && type !== "session");
    if (end === null) return { is: "running", tries, isReady: wasReady };
    return { is: "ended", how: end.how, tries, wasReady, at: end.at };
  }

  #outcomeOf(name: string): Outcome | readonly Outcome[] | null {
    const { results } = this.#parts;
    if (this.history.skipped.includes(name)) return results.outcome(name, "skipped", null);
    const steps = this.#pipeline.steps.get(name) ?? null;
    if (steps === null) return null;
    const outcomes = steps.map((step): Outcome => {
      const end = this.historyOf(step.name)?.end ?? null;
      const status = end?.how === "succeeded" ? "completed" : "failed";
      return results.outcome(step.name, status, end?.exitCode ?? null, this.portOf(step.name));
    });
    return this.agent(name).fanOut === null ? (outcomes[0] ?? null) : outcomes;
  }
}

/** The agents of whom another one asks what they left behind. */
export const agentsReferenced = ({ agents }: Pick<Blueprint, "agents">): ReadonlySet<string> =>
  new Set([...agents.values()].flatMap((agent) => agentsReferencedIn(agent)));

/** The agents whose outcome stands in some reference of this one. */
function agentsReferencedIn(value: unknown): string[] {
  if (value instanceof Map) return agentsReferencedIn([...value.values()]);
  if (typeof value !== "object" || value === null) return [];
  const { of, agent, field } = value as { of?: unknown; agent?: unknown; field?: unknown };
  // A port is not left behind: it is there while the agent runs.
  if (of === "agent" && typeof agent === "string") return field === "port" ? [] : [agent];
  return Object.values(value).flatMap(agentsReferencedIn);
}
