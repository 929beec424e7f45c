import { OvermindError } from "../../base/errors.ts";
import { diffOf, type KeyChange } from "../../blueprint/diff.ts";
import { nextSteps } from "../../blueprint/next-steps.ts";
import { pipelineOf } from "../../blueprint/pipeline.ts";
import type { LeavingAgent } from "../../events/domain-event.ts";
import type { ApplyRequest } from "../daemon-context.ts";
import type { LiveMission } from "../live-mission.ts";
import type { PipelineBook } from "./book.ts";
import { type AgentUpdate, changeOf, unfinishedTasks } from "./change-rule.ts";
import { missionsOf } from "./children.ts";

/** A change that was decided on, as its event tells it, with the blueprint that is followed then. */
export interface DecidedChange {
  readonly updates: readonly AgentUpdate[];
  readonly request: ApplyRequest;
  readonly version: number;
  readonly dropped: readonly string[];
  readonly unskipped: readonly string[];
  readonly leaving: readonly LeavingAgent[];
  readonly note: string;
}

/**
 * What a pipeline that runs has to do to follow another blueprint. Null: nothing differs.
 *
 * @param isLive whether a mission has not ended
 * @throws OvermindError still_live where it still has tasks to do, or is ending
 */
export function decideChange(
  mission: LiveMission,
  book: PipelineBook,
  request: ApplyRequest,
  isLive: (mission: string) => boolean,
): DecidedChange | null {
  const { history, applied, pipeline: before } = book;
  refuseUnlessSteady(mission, book);
  const after = pipelineOf(request.blueprint);
  const diff = diffOf(applied, request);
  const { updates, dropped, unskipped } = changeOf({ before, after, diff, history });
  const all = [...diff.blueprint.map(headUpdate), ...updates];
  if (all.length === 0) return null;
  const gone = dropped.flatMap((name): LeavingAgent[] => {
    const step = history.steps.get(name);
    return step === undefined ? [] : [{ agent: step.agent, missions: missionsOf(step) }];
  });
  const leaving = [...(history.leaving ?? []), ...gone].filter(({ missions }) => missions.some(isLive));
  const note = all.map(({ agent, action }) => `${agent} ${action}`).join(", ");
  const version = (history.version ?? 1) + 1;
  const next = withoutDropped(request, applied, dropped, unskipped);
  return { updates: all, request: next, version, dropped, unskipped, leaving, note };
}

function headUpdate({ key }: KeyChange): AgentUpdate {
  const why = key === "timeout" ? "timeout changed, for the pipelines made from now on" : `${key} changed`;
  return { agent: "[blueprint]", action: "changed", why };
}

function refuseUnlessSteady({ name, id, row }: LiveMission, book: PipelineBook): void {
  const { pipeline, history } = book;
  const refusal = (why: string, agents: readonly string[] = []) =>
    new OvermindError("still_live", `${name} runs and ${why}`, {
      details: { id, name, agents },
      hint: "A second run beside it: overmind apply --name NAME",
    });
  const { stop, done } = nextSteps(pipeline, book.state(false));
  // What runs finally has begun: all others are over.
  const isOver = done !== null || [...history.steps].some(([, { agent }]) => pipeline.agents.get(agent)?.isFinally === true);
  if (row.status !== "running" || stop.length > 0 || isOver) throw refusal("is not in a state to be changed");
  const tasks = unfinishedTasks(pipeline, history);
  if (tasks.length > 0) throw refusal(`has tasks that have not ended: ${tasks.join(", ")}`, tasks);
}

/** What an earlier run did for it is still done, unless it runs again. */
function withoutDropped(
  request: ApplyRequest,
  { earlier }: ApplyRequest,
  dropped: readonly string[],
  unskipped: readonly string[],
): ApplyRequest {
  if (earlier === undefined) return request;
  const steps = Object.fromEntries(Object.entries(earlier.steps).filter(([step]) => !dropped.includes(step)));
  return { ...request, earlier: { ...earlier, steps, skipped: earlier.skipped.filter((one) => !unskipped.includes(one)) } };
}
