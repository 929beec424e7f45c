import { OvermindError } from "../../base/errors.ts";
import { type HomePaths, missionPaths } from "../../base/paths.ts";
import { pipelineOf } from "../../blueprint/pipeline.ts";
import type { StepHistory } from "../../events/domain-event.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { ApplyRequest, EarlierWork } from "../daemon-context.ts";
import { agentsReferenced } from "./book.ts";
import { noMoves, withEarlier } from "./history.ts";
import { Results } from "./results.ts";
import { readPipeline } from "./stored.ts";

/**
 * What the newest finished run did already of what a new one takes for done.
 *
 * @param find the row of a mission by id
 * @throws OvermindError invalid_argument where there is no such run, or it did not complete all of it
 */
export function earlierWork(
  request: ApplyRequest,
  run: MissionRow | undefined,
  home: HomePaths,
  find: (mission: string) => MissionRow | undefined,
): EarlierWork | undefined {
  const behind = request.behind ?? [];
  if (behind.length === 0) return undefined;
  const { blueprint } = request;
  const all = behind.join(", ");
  if (run === undefined)
    throw refusal(`from: there is no finished run of ${request.name ?? blueprint.name} that completed ${all}`, behind);
  const { steps, skipped } = withEarlier(run.history?.pipeline ?? noMoves, readPipeline(home, run.id).earlier);
  const [pipeline, referenced] = [pipelineOf(blueprint), agentsReferenced(blueprint)];
  const results = Results.ofAttempt(missionPaths(home, run.id).attempt(run.attempt));
  const kept: (readonly [string, StepHistory])[] = [];
  for (const agent of behind) {
    if (skipped.includes(agent)) continue;
    const own = [...steps].filter(([, step]) => step.agent === agent);
    const names = pipeline.steps.get(agent)?.map(({ name }) => name) ?? own.map(([name]) => name);
    const isDone = names.length === own.length && names.every((name) => steps.get(name)?.end?.how === "succeeded");
    // A list that had no items leaves no steps behind, as does one that was never filled in.
    if (!isDone || (names.length === 0 && run.reason !== "completed"))
      throw refusal(`from: the newest finished run of ${run.name} (${run.id}) did not complete ${agent}`, [agent]);
    for (const [name, { mission }] of own) {
      const isThere = results.has(name) || (mission !== null && find(mission) !== undefined);
      if (referenced.has(agent) && !isThere)
        throw refusal(`from: what ${name} printed in the run ${run.id} of ${run.name} is not kept any more`, [agent]);
    }
    // Its port may be another's by now.
    for (const [name, { port: _, ...step }] of own) kept.push([name, step]);
  }
  return { run: run.id, steps: Object.fromEntries(kept), skipped: behind.filter((agent) => skipped.includes(agent)) };
}

/** Takes over the results, before the new pipeline is made. */
export function takeResults({ run, steps }: EarlierWork, attempt: number, home: HomePaths, pipeline: string): void {
  const from = Results.ofAttempt(missionPaths(home, run).attempt(attempt));
  Results.takenBy(home, pipeline).takeFrom(from, Object.keys(steps));
}

const refusal = (message: string, agents: readonly string[]): OvermindError =>
  new OvermindError("invalid_argument", message, {
    details: { field: "from", agents },
    hint: "Run them too: overmind apply without --from, or --from an earlier agent.",
  });
