import type { Agent, Condition } from "./blueprint.ts";
import type { Pipeline, Step } from "./pipeline.ts";
import { isIdleSession, staysUp } from "./standing.ts";

/** What is known of a step that was started at least once; of any other: nothing. */
export type StepState =
  | { readonly is: "running"; readonly tries: number; readonly isReady: boolean }
  /**
   * `stopped`: by the pipeline itself, which is no failure; by anybody else it is one. `at` orders
   * ends: the first failure is the one with the least.
   */
  | {
      readonly is: "ended";
      readonly how: "succeeded" | "failed" | "stopped";
      readonly tries: number;
      readonly wasReady: boolean;
      readonly at: number;
    };

export interface PipelineState {
  /** By the name of the step. */
  readonly steps: { get(step: string): StepState | undefined };
  /** Agents that will not run. */
  readonly skipped: ReadonlySet<string>;
  /** Somebody asked for the end: nothing starts any more but what runs `finally`. */
  readonly isEnding?: boolean;
}

export interface Skip {
  readonly agent: string;
  /** `when` did not hold, or this dependency can no longer be as the agent needs it. */
  readonly because: "when" | { readonly agent: string; readonly condition: Condition };
}

export interface Decision {
  /** To be started now, in this order; each at most once for each try. */
  readonly start: readonly Step[];
  /** Agents of a `foreach` whose list is needed now. */
  readonly expand: readonly string[];
  readonly skip: readonly Skip[];
  /** Running steps to be stopped. */
  readonly stop: readonly Step[];
  /** Nothing runs and nothing will. */
  readonly done: { readonly status: "stopped" | "crashed"; readonly failedAgent: string | null } | null;
}

/**
 * What a pipeline does next: pure, and the same answer for the same state, so that a daemon that
 * was killed goes on where it was. Call it again after each change; what it answered to start counts
 * as running from then on.
 *
 * @param holds whether an agent's `when` holds; asked once its dependencies are met
 */
export function nextSteps(pipeline: Pipeline, state: PipelineState, holds: (agent: Agent) => boolean = () => true): Decision {
  return new Walk(pipeline, state, holds).decide();
}

interface View {
  readonly agent: Agent;
  /** Null: a list that is not known yet. */
  readonly steps: readonly Step[] | null;
  readonly running: readonly Step[];
  /** Failed with a try left. */
  readonly again: readonly Step[];
  readonly untouched: readonly Step[];
  /** When its first step failed for good; null: none did. */
  readonly failedAt: number | null;
  readonly isEnded: boolean;
  readonly hasSucceeded: boolean;
  readonly hasStarted: boolean;
  readonly isReady: boolean;
}

class Walk {
  readonly #pipeline: Pipeline;
  readonly #holds: (agent: Agent) => boolean;
  readonly #all: readonly View[];
  readonly #views: ReadonlyMap<string, View>;
  readonly #skipped: Set<string>;
  /** Tasks that have not ended and are not skipped. */
  #openTasks: number;
  #isEnding: boolean;
  readonly #start: Step[] = [];
  readonly #expand: string[] = [];
  readonly #skip: Skip[] = [];
  /** Whether any of it comes to an end, or is kept up, by itself. */
  readonly #hasWork: boolean;
  #slots: number;

  constructor(pipeline: Pipeline, state: PipelineState, holds: (agent: Agent) => boolean) {
    this.#pipeline = pipeline;
    this.#holds = holds;
    this.#all = pipeline.order.map((agent) => viewOf(agent, pipeline, state));
    this.#views = new Map(this.#all.map((view) => [view.agent.name, view]));
    this.#skipped = new Set(state.skipped);
    this.#hasWork = pipeline.order.some((agent) => !isIdleSession(agent) && !agent.isFinally);
    const hasFailed = this.#all.some((view) => !view.agent.isFinally && this.#isFailure(view));
    this.#openTasks = this.#all.filter(
      (view) => isTask(view.agent) && !view.isEnded && !this.#skipped.has(view.agent.name),
    ).length;
    this.#isEnding = state.isEnding === true || (hasFailed && pipeline.onFailure === "stop") || this.#areTasksOver();
    this.#slots = (pipeline.maxParallel ?? Number.POSITIVE_INFINITY) - this.#taken();
  }

  decide(): Decision {
    // In the order of dependencies to know what is skipped, in the order of the file to start.
    const startable = new Set<string>();
    // What runs `finally` comes last: one that is skipped just now is no longer waited for.
    for (const isFinally of [false, true])
      for (const agent of this.#pipeline.order)
        if (agent.isFinally === isFinally && this.#mayStart(agent)) startable.add(agent.name);
    // The last task may have been skipped since.
    for (const agent of this.#pipeline.agents.values())
      if (startable.has(agent.name) && (agent.isFinally || !this.#isEnding)) this.#startSteps(agent);
    const stop = this.#isEnding ? this.#all.flatMap((view) => (view.agent.isFinally ? [] : view.running)) : [];
    return { start: this.#start, expand: this.#expand, skip: this.#skip, stop, done: this.#done() };
  }

  /** Whether an agent has steps to start, or a list to be filled in; decides on the way whether it is skipped. */
  #mayStart(agent: Agent): boolean {
    const view = this.#view(agent.name);
    if (this.#skipped.has(agent.name) || view.isEnded) return false;
    if (agent.isFinally ? !this.#areOthersSettled() : this.#isEnding) return false;
    // Decided once: some of it ran already.
    if (view.steps !== null && view.untouched.length < view.steps.length) return true;
    const awaited = agent.dependsOn.map((dependency) => ({
      ...dependency,
      answer: this.#meets(agent, dependency.agent, dependency.condition),
    }));
    const never = awaited.find(({ answer }) => answer === "never");
    if (never !== undefined) return this.#skipAgent(agent, { agent: never.agent, condition: never.condition });
    if (awaited.some(({ answer }) => answer === "not yet")) return false;
    return this.#holds(agent) || this.#skipAgent(agent, "when");
  }

  #skipAgent(agent: Agent, because: Skip["because"]): false {
    this.#skipped.add(agent.name);
    this.#skip.push({ agent: agent.name, because });
    if (isTask(agent)) this.#openTasks -= 1;
    this.#isEnding ||= this.#areTasksOver();
    return false;
  }

  #meets(agent: Agent, on: string, condition: Condition): "yes" | "not yet" | "never" {
    const view = this.#view(on);
    // Whatever happened to those before it, what runs `finally` runs.
    if (agent.isFinally && !view.agent.isFinally) return "yes";
    if (this.#skipped.has(on)) return condition === "finished" ? "yes" : "never";
    switch (condition) {
      case "started":
        return view.hasStarted ? "yes" : "not yet";
      case "ready":
        return view.isReady ? "yes" : view.isEnded ? "never" : "not yet";
      case "completed":
        return view.hasSucceeded ? "yes" : view.isEnded || view.failedAt !== null ? "never" : "not yet";
      case "finished":
        return view.isEnded ? "yes" : "not yet";
    }
  }

  #startSteps(agent: Agent): void {
    const view = this.#view(agent.name);
    if (view.steps === null) {
      this.#expand.push(agent.name);
      return;
    }
    let own = (agent.maxParallel ?? Number.POSITIVE_INFINITY) - view.running.length;
    for (const step of [...view.again, ...view.untouched]) {
      if (own <= 0 || (this.#slots <= 0 && !staysUp(agent))) return;
      this.#start.push(step);
      own -= 1;
      // What stays up would hold its slot for ever.
      if (!staysUp(agent)) this.#slots -= 1;
    }
  }

  #done(): Decision["done"] {
    if (this.#start.length > 0 || this.#expand.length > 0) return null;
    if (!this.#all.every((view) => this.#isSettled(view))) return null;
    const [first] = this.#all
      .filter((view) => this.#isFailure(view) || this.#isBlamed(view))
      .sort((a, b) => (a.failedAt ?? 0) - (b.failedAt ?? 0));
    return { status: first === undefined ? "stopped" : "crashed", failedAgent: first?.agent.name ?? null };
  }

  /** Whether services are kept up for nobody any more. */
  #areTasksOver(): boolean {
    return !this.#pipeline.keepsServices && this.#openTasks === 0 && this.#pipeline.order.some(isTask);
  }

  #areOthersSettled(): boolean {
    return this.#all.every((view) => view.agent.isFinally || this.#isSettled(view));
  }

  /** Nothing of it runs, and nothing will. */
  #isSettled(view: View): boolean {
    if (this.#skipped.has(view.agent.name) || view.isEnded) return true;
    // A session that waits for messages holds nobody up: it ends with all others.
    if (isIdleSession(view.agent) && this.#hasWork && view.untouched.length + view.again.length === 0) return true;
    return this.#isEnding && !view.agent.isFinally && view.running.length === 0;
  }

  #isFailure(view: View): boolean {
    return view.failedAt !== null && !this.#pipeline.handled.has(view.agent.name);
  }

  /** A handled failure that still kept another agent from running. */
  #isBlamed({ agent: { name }, failedAt }: View): boolean {
    const needs = ({ dependsOn }: Agent) => dependsOn.some((one) => one.agent === name && one.condition !== "finished");
    return failedAt !== null && this.#all.some(({ agent }) => !agent.isFinally && this.#skipped.has(agent.name) && needs(agent));
  }

  #taken(): number {
    return this.#all.reduce((sum, { agent, running }) => sum + (staysUp(agent) ? 0 : running.length), 0);
  }

  #view(name: string): View {
    const view = this.#views.get(name);
    if (view === undefined) throw new Error(`the pipeline has no agent ${name}`);
    return view;
  }
}

/** It ends by itself, and others wait for that. */
const isTask = (agent: Agent): boolean => !agent.isFinally && !staysUp(agent);

/** In one pass: a fan-out may have thousands of steps, and this is asked at each of their moves. */
function viewOf(agent: Agent, pipeline: Pipeline, state: PipelineState): View {
  const steps = pipeline.steps.get(agent.name) ?? null;
  const [running, again, untouched]: [Step[], Step[], Step[]] = [[], [], []];
  let failedAt: number | null = null;
  let succeeded = 0;
  let ready = 0;
  for (const step of steps ?? []) {
    const known = state.steps.get(step.name);
    if (isReady(known)) ready += 1;
    if (known === undefined) untouched.push(step);
    else if (known.is === "running") running.push(step);
    else if (known.how === "succeeded") succeeded += 1;
    else if (known.how === "failed" && known.tries <= agent.retry) again.push(step);
    else if (known.how === "failed") failedAt = Math.min(failedAt ?? known.at, known.at);
  }
  const count = steps?.length ?? -1;
  return {
    agent,
    steps,
    running,
    again,
    untouched,
    failedAt,
    isEnded: steps !== null && running.length + again.length + untouched.length === 0,
    hasSucceeded: succeeded === count,
    hasStarted: steps !== null && untouched.length === 0,
    isReady: ready === count,
  };
}

const isReady = (state: StepState | undefined): boolean =>
  state !== undefined && (state.is === "running" ? state.isReady : state.wasReady || state.how === "succeeded");
