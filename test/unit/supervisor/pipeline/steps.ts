import type { Blueprint } from "../../../../src/blueprint/blueprint.ts";
import { pipelineOf } from "../../../../src/blueprint/pipeline.ts";
import type { PipelineHistory, StepEnd, StepHistory } from "../../../../src/events/domain-event.ts";
import { StepHistories } from "../../../../src/events/step-histories.ts";

/** A step as a pipeline remembers it; `null`: its mission lives. */
export const step = (agent: string, how: StepEnd | null, more: Partial<StepHistory> = {}): StepHistory => ({
  agent,
  tries: 1,
  mission: `m-${agent}`,
  probe: null,
  checks: [],
  isReady: false,
  isUnready: false,
  end: how === null ? null : { how, exitCode: how === "succeeded" ? 0 : 1, at: 1 },
  ...more,
});

/** What became of steps by name; `web-2` belongs to the agent `web` where there is one. */
export function historyOf(
  blueprint: Blueprint,
  ends: Readonly<Record<string, StepEnd | null>>,
  skipped: readonly string[] = [],
): PipelineHistory {
  const agentOf = (name: string) => (blueprint.agents.has(name) ? name : name.replace(/-\d+$/, ""));
  const steps = Object.entries(ends).map(([name, how]) => [name, step(agentOf(name), how, { mission: `m-${name}` })] as const);
  return { moves: steps.length, steps: StepHistories.of(steps), skipped };
}

export const histories = (steps: Readonly<Record<string, StepHistory>>): StepHistories => StepHistories.of(Object.entries(steps));

export const left = (blueprint: Blueprint, history: PipelineHistory) => ({ ...pipelineOf(blueprint), history });
