import type { Agent } from "../../blueprint/blueprint.ts";
import type { Pipeline } from "../../blueprint/pipeline.ts";
import type { PipelineHistory, StepHistory } from "../../events/domain-event.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { MissionRow } from "../../store/rows.ts";

export interface Pictured {
  readonly pipeline: Pipeline;
  readonly history: PipelineHistory;
  /** Whether the pipeline itself has ended. */
  readonly isOver: boolean;
  find(mission: string): MissionRow | undefined;
}

/** How each agent of a pipeline stands, by name; of a fan-out how many stand how: `2 completed, 1 running`. */
export function agentStates({ pipeline, history, isOver, find }: Pictured): ReadonlyMap<string, string> {
  const before = isOver ? "never started" : "waiting";
  return new Map(
    [...pipeline.agents.values()].map((agent): [string, string] => {
      if (history.skipped.includes(agent.name)) return [agent.name, "skipped"];
      const begun = [...history.steps].filter(([, step]) => step.agent === agent.name);
      const states = begun.map(([, step]) => stepState(agent, step, find));
      if (agent.fanOut === null) return [agent.name, states[0] ?? before];
      const missing = Math.max(0, (pipeline.steps.get(agent.name)?.length ?? 0) - begun.length);
      return [agent.name, counted([...states, ...Array.from({ length: missing }, () => before)]) || before];
    }),
  );
}

function stepState({ ready }: Agent, step: StepHistory, find: Pictured["find"]): string {
  if (step.end !== null) return step.end.how === "succeeded" ? "completed" : step.end.how;
  if (step.checks.length > 0) return "verifying";
  const status = (step.mission === null ? undefined : find(step.mission))?.status ?? "starting";
  // Its end is about to be taken in.
  if (isFinal(status)) return "stopping";
  if (status !== "running" || ready === null) return status;
  return step.isReady ? "ready" : "not ready";
}

function counted(states: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
}
