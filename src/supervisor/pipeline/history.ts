import type { MissionEvent, PipelineHistory, StepHistory } from "../../events/domain-event.ts";
import { StepHistories } from "../../events/step-histories.ts";
import type { EarlierWork } from "../daemon-context.ts";

type Move = MissionEvent & { readonly type: "mission.agent_moved" };
type Change = MissionEvent & { readonly type: "mission.blueprint_changed" };

export const noMoves: PipelineHistory = { moves: 0, steps: StepHistories.none, skipped: [] };

/** What a pipeline remembers after one more move. A pure function: rows and events cannot tell different stories. */
export function afterMove(history: PipelineHistory, move: Move): PipelineHistory {
  const moves = history.moves + 1;
  if (move.to === "skipped") return { ...history, moves, skipped: [...history.skipped, move.agent] };
  const before = history.steps.get(move.step);
  const port = move.port ?? portOf(history, move.step);
  const steps = history.steps.with(move.step, { ...stepAfter(before, move, moves), ...(port !== undefined && { port }) });
  return { ...history, moves, steps };
}

/** The loopback port of a step, also of one that was dropped. */
export const portOf = ({ steps, ports }: PipelineHistory, step: string): number | undefined =>
  steps.get(step)?.port ?? ports?.[step];

export const hasPort = ({ steps, ports }: PipelineHistory, port: number): boolean =>
  Object.values(ports ?? {}).includes(port) || [...steps].some(([, step]) => step.port === port);

/** The ports to be kept beside the steps when these steps go. */
export function withPorts(history: PipelineHistory, gone: readonly string[]): Pick<PipelineHistory, "ports"> {
  const ports = gone.flatMap((step) => {
    const port = portOf(history, step);
    return port === undefined ? [] : [[step, port] as const];
  });
  const all = { ...history.ports, ...Object.fromEntries(ports) };
  return Object.keys(all).length === 0 ? {} : { ports: all };
}

/** With what an earlier run did for it. */
export function withEarlier(history: PipelineHistory, earlier: EarlierWork | undefined): PipelineHistory {
  if (earlier === undefined) return history;
  const skipped = [...earlier.skipped, ...history.skipped];
  return { ...history, steps: StepHistories.of([...Object.entries(earlier.steps), ...history.steps]), skipped };
}

/** What it remembers once it follows another blueprint. */
export function afterChange(history: PipelineHistory, { version, dropped, unskipped, leaving }: Change): PipelineHistory {
  const steps = history.steps.without(dropped);
  const skipped = history.skipped.filter((agent) => !unskipped.includes(agent));
  return { ...history, ...withPorts(history, dropped), moves: history.moves + 1, steps, skipped, leaving, version };
}

function stepAfter(before: StepHistory | undefined, move: Move, at: number): StepHistory {
  const step = before ?? firstTry(move.agent);
  const mission = move.mission ?? null;
  switch (move.to) {
    case "starting":
      return { ...firstTry(move.agent), tries: step.tries + 1, mission };
    case "probing":
      return { ...step, probe: mission };
    case "verifying":
      return { ...step, checks: mission === null ? step.checks : [...step.checks, mission] };
    case "returned":
      return mission === null ? step : { ...step, returned: [...(step.returned ?? []), mission], checks: [] };
    case "ready":
      return { ...step, isReady: true };
    case "unready":
      return { ...step, isUnready: true };
    case "succeeded":
    case "failed":
    case "stopped":
      return { ...step, end: { how: move.to, exitCode: move.exit_code ?? null, at } };
    case "skipped":
      return step;
  }
}

const firstTry = (agent: string): StepHistory => ({
  agent,
  tries: 0,
  mission: null,
  probe: null,
  checks: [],
  isReady: false,
  isUnready: false,
  end: null,
});
