import type { Agent } from "../../blueprint/blueprint.ts";
import type { Step } from "../../blueprint/pipeline.ts";
import { staysUp } from "../../blueprint/standing.ts";
import type { PipelineHistory, StepHistory } from "../../events/domain-event.ts";
import { StepHistories } from "../../events/step-histories.ts";
import { noMoves, withPorts } from "./history.ts";

/** A pipeline as one attempt of it left it. */
export interface Left {
  /** Each after all it depends on. */
  readonly order: readonly Agent[];
  /** By agent; null: nobody knows its list. */
  readonly steps: ReadonlyMap<string, readonly Step[] | null>;
  readonly history: PipelineHistory;
}

/**
 * What the next attempt keeps of one that has ended: steps that succeeded, unless they depend on
 * something that runs again. What failed, was stopped or never started runs again; so does what
 * runs `finally`. A service comes up again too, but its ordinary end spoils nothing: whoever
 * succeeded while it was up keeps the result, and it its port. Null: there is nothing to run again.
 */
export function keptForRetry({ order, steps, history }: Left): PipelineHistory | null {
  const spoiled = new Set<string>();
  const kept: (readonly [string, StepHistory])[] = [];
  const skipped: string[] = [];
  let isNeeded = false;
  for (const agent of order) {
    const { name } = agent;
    const begun = [...history.steps].filter(([, step]) => step.agent === name);
    const succeeded = begun.filter(([, step]) => step.end?.how === "succeeded");
    const isWhole = succeeded.length === (steps.get(name)?.length ?? -1);
    if (agent.isFinally) {
      // Whether it was skipped matters to nobody: it is decided again.
      if (begun.length > succeeded.length) isNeeded = true;
      continue;
    }
    if (agent.dependsOn.some((on) => spoiled.has(on.agent))) {
      spoiled.add(name);
      isNeeded = true;
    } else if (history.skipped.includes(name)) skipped.push(name);
    else if (staysUp(agent)) {
      if (begun.length === 0 || begun.some(([, step]) => step.end?.how === "failed")) spoiled.add(name);
      isNeeded = true;
    } else {
      kept.push(...succeeded);
      if (isWhole) continue;
      spoiled.add(name);
      isNeeded = true;
    }
  }
  const all = StepHistories.of(kept);
  const gone = [...history.steps].flatMap(([step]) => (all.get(step) === undefined ? [step] : []));
  return isNeeded ? { ...noMoves, ...withPorts(history, gone), moves: history.moves, steps: all, skipped } : null;
}
