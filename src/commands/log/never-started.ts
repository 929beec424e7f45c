import { asOvermindError, OvermindError } from "../../base/errors.ts";
import type { MissionEvent } from "../../events/domain-event.ts";
import type { MissionView } from "../../protocol/mission.ts";
import type { DaemonContext } from "../../supervisor/daemon-context.ts";
import { failedAgent } from "../why/of-agents.ts";
import { recorded } from "../why/sentences.ts";

/** Pipelines that are looked through, the newest; each is read from its file. */
const mostPipelines = 20;
const readEvents = 5000;

/**
 * The mission of that id or name.
 *
 * @throws OvermindError not_found; where a pipeline has an agent of that name that never started, the hint says so, and why
 */
export function findMission(daemon: DaemonContext, reference: string): MissionView {
  try {
    return daemon.find(reference);
  } catch (thrown) {
    const error = asOvermindError(thrown);
    if (error.code !== "not_found" || error.details?.["instances"] !== undefined) throw thrown;
    const hint = neverStarted(daemon, reference);
    if (hint === null) throw thrown;
    throw new OvermindError("not_found", undefined, { details: { reference }, hint });
  }
}

/** Of the newest pipeline that has this agent; null where none has, or it did start and was removed since. */
function neverStarted(daemon: DaemonContext, agent: string): string | null {
  const pipelines = daemon.list({ all: true }).missions.filter(({ type }) => type === "blueprint");
  const newest = pipelines.toSorted((left, right) => Date.parse(right.created_at) - Date.parse(left.created_at));
  for (const { id, name, status } of newest.slice(0, mostPipelines)) {
    const state = stateOf(daemon, id, agent);
    const { events } = daemon.story(id, readEvents);
    const note = events.map(recorded).findLast(isMoveOf(agent))?.note;
    if (state === undefined && note === undefined) continue;
    const says = told(state, note);
    const because = state === "never started" && status === "crashed" ? failedAgent(events) : "";
    return says === null ? null : `The agent '${agent}' of the pipeline ${name} ${says}.${because} See: overmind logs ${name}`;
  }
  return null;
}

function told(state: string | undefined, note: string | undefined): string | null {
  if (note?.startsWith("it could not start")) return `never started: ${note}`;
  if (state === "never started") return state;
  if (state === "skipped") return "never started: it was skipped";
  return state === "waiting" ? "has not started yet" : null;
}

function stateOf(daemon: DaemonContext, pipeline: string, agent: string): string | undefined {
  try {
    return daemon.pipelines.picture(pipeline).states.get(agent);
  } catch {
    // Its file is gone.
    return undefined;
  }
}

type Move = Extract<MissionEvent, { readonly type: "mission.agent_moved" }>;

const isMoveOf =
  (agent: string) =>
  (fact: MissionEvent): fact is Move =>
    fact.type === "mission.agent_moved" && (fact.step === agent || fact.agent === agent);
