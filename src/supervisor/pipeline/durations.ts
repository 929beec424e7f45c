import type { Agent, Blueprint } from "../../blueprint/blueprint.ts";
import type { PipelineHistory, StepHistory } from "../../events/domain-event.ts";
import type { MissionRow } from "../../store/rows.ts";

export interface Run {
  readonly blueprint: Blueprint;
  readonly history: PipelineHistory;
}

/** How long the agents of a blueprint took, ms by name: the median of the runs given. Of services and sessions nothing is expected. */
export function expectedDurations(
  runs: readonly Run[],
  find: (mission: string) => MissionRow | undefined,
): ReadonlyMap<string, number> {
  const all = new Map<string, number[]>();
  for (const { blueprint, history } of runs)
    for (const agent of blueprint.agents.values()) {
      const ms = agent.type !== "task" ? null : durationOf(agent, blueprint, history, find);
      if (ms !== null) all.set(agent.name, [...(all.get(agent.name) ?? []), ms]);
    }
  return new Map([...all].map(([name, times]) => [name, median(times)]));
}

/** Null: it did not succeed, or its missions are not there any more. A fan-out takes as long as its slots allow. */
function durationOf(
  agent: Agent,
  { maxParallel }: Blueprint,
  { steps }: PipelineHistory,
  find: (mission: string) => MissionRow | undefined,
): number | null {
  const times: number[] = [];
  for (const [, step] of steps) {
    if (step.agent !== agent.name) continue;
    const ms = stepDuration(step, find);
    if (ms === null) return null;
    times.push(ms);
  }
  if (times.length === 0) return null;
  const slots = Math.min(agent.maxParallel ?? times.length, maxParallel ?? times.length);
  return Math.max(...times, times.reduce((sum, ms) => sum + ms, 0) / slots);
}

function stepDuration({ mission, checks, end }: StepHistory, find: (mission: string) => MissionRow | undefined): number | null {
  if (end?.how !== "succeeded" || mission === null) return null;
  const rows = [mission, ...checks].map(find);
  return rows.reduce<number | null>((sum, row) => {
    if (sum === null || row?.started_at == null || row.ended_at === null) return null;
    return sum + Math.max(0, row.ended_at - row.started_at);
  }, 0);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 1 ? middle : middle - 1] ?? 0, sorted[middle] ?? 0];
  return Math.round((low + high) / 2);
}
