import type { Agent } from "../../blueprint/blueprint.ts";
import type { AgentChange, BlueprintDiff } from "../../blueprint/diff.ts";
import type { Pipeline } from "../../blueprint/pipeline.ts";
import { staysUp } from "../../blueprint/standing.ts";
import type { PipelineHistory, StepHistory } from "../../events/domain-event.ts";

/** What becomes of one agent when the blueprint of a running pipeline changes. */
export interface AgentUpdate {
  readonly agent: string;
  /** `again`: a task that had ended runs once more. */
  readonly action: "started" | "restarted" | "stopped" | "scaled" | "again" | "changed";
  readonly why: string;
}

export interface PipelineChange {
  readonly updates: readonly AgentUpdate[];
  /** Steps of which nothing counts any more. */
  readonly dropped: readonly string[];
  readonly unskipped: readonly string[];
}

export interface Running {
  /** As it runs. */
  readonly before: Pipeline;
  /** As it is to run. */
  readonly after: Pipeline;
  readonly diff: BlueprintDiff;
  readonly history: PipelineHistory;
}

/** Changes of these keys touch no process that runs. */
const harmless: ReadonlySet<string> = new Set(["description"]);

/** Tasks that a pipeline has not done with: it can be changed only when there are none. */
export function unfinishedTasks({ agents, steps }: Pipeline, { steps: known, skipped }: PipelineHistory): string[] {
  const isDone = (agent: Agent) =>
    steps.get(agent.name)?.every(({ name }) => {
      const step = known.get(name);
      return step?.end != null && (step.end.how !== "failed" || step.tries > agent.retry);
    }) ?? false;
  const tasks = [...agents.values()].filter((agent) => !staysUp(agent) && !agent.isFinally);
  return tasks.filter((agent) => !skipped.includes(agent.name) && !isDone(agent)).map(({ name }) => name);
}

/**
 * What a changed blueprint means for what runs: only what differs starts anew, what had ended badly, and tasks
 * that depend on a task that runs again, as their results were made of its old one. Services that stay as
 * they are keep running, also where something they depend on starts anew.
 */
export function changeOf({ before, after, diff, history }: Running): PipelineChange {
  const changes = new Map(diff.agents.map((change) => [change.agent, change]));
  const steps = [...history.steps];
  const updates: AgentUpdate[] = [];
  const dropped: string[] = [];
  const unskipped: string[] = [];
  const fresh = new Set<string>();
  const freshTasks = new Set<string>();
  for (const agent of [...before.order.filter(({ name }) => !after.agents.has(name)), ...after.order]) {
    const { name } = agent;
    const own = steps.filter(([, step]) => step.agent === name);
    const isSkipped = history.skipped.includes(name);
    const old = agent.dependsOn.find((on) => freshTasks.has(on.agent))?.agent;
    const fate = fateOf(agent, own, changes.get(name), after) ?? (staysUp(agent) ? null : staleFate(own, old));
    if (fate !== null) updates.push({ agent: name, action: fate.action, why: fate.why });
    dropped.push(...(fate?.drop ?? []));
    const isAgain = fate !== null && fate.action !== "stopped" && fate.action !== "changed";
    if (isAgain) fresh.add(name);
    if (isAgain && !staysUp(agent)) freshTasks.add(name);
    if (!isSkipped) continue;
    const cause = agent.dependsOn.find((on) => fresh.has(on.agent))?.agent;
    if (fate === null && cause === undefined) continue;
    unskipped.push(name);
    fresh.add(name);
    if (!staysUp(agent)) freshTasks.add(name);
    if (fate === null) updates.push({ agent: name, action: "again", why: `it was skipped, and ${cause} runs again` });
  }
  return { updates, dropped, unskipped };
}

interface Fate {
  readonly action: AgentUpdate["action"];
  readonly why: string;
  readonly drop: readonly string[];
}

/** Null: it stays as it is. */
function fateOf(
  agent: Agent,
  own: readonly (readonly [string, StepHistory])[],
  change: AgentChange | undefined,
  after: Pipeline,
): Fate | null {
  const all = own.map(([step]) => step);
  if (change?.change === "removed") return { action: "stopped", why: "it is not in the file any more", drop: all };
  if (change?.change === "added") return { action: "started", why: "it is new", drop: all };
  const keys = (change?.keys ?? []).map(({ key }) => key).filter((key) => !harmless.has(key));
  const again = staysUp(agent) ? "restarted" : "again";
  if (keys.length === 1 && keys[0] === "replicas") return scaled(agent, all, after);
  if (keys.length > 0) return { action: own.length === 0 ? "changed" : again, why: `${keys.join(", ")} changed`, drop: all };
  const bad = own.filter(([, { end }]) => end !== null && end.how !== "succeeded").map(([step]) => step);
  if (bad.length > 0) {
    const how = own.some(([, { end }]) => end?.how === "failed") ? "failed" : "been stopped";
    return { action: again, why: `${bad.length === 1 ? bad[0] : `${bad.length} of it`} had ${how}`, drop: bad };
  }
  return change === undefined ? null : { action: "changed", why: "description changed", drop: [] };
}

/** @param task that runs again, on which this one depends */
function staleFate(own: readonly (readonly [string, StepHistory])[], task: string | undefined): Fate | null {
  if (task === undefined || own.length === 0) return null;
  return { action: "again", why: `${task} runs again`, drop: own.map(([step]) => step) };
}

function scaled({ name }: Agent, steps: readonly string[], after: Pipeline): Fate {
  const wanted = new Set(after.steps.get(name)?.map((step) => step.name));
  const drop = steps.filter((step) => !wanted.has(step));
  return { action: "scaled", why: `replicas changed to ${wanted.size}`, drop };
}
