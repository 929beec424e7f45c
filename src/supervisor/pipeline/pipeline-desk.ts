import { OvermindError } from "../../base/errors.ts";
import { missionPaths } from "../../base/paths.ts";
import { noHistory, type PipelineHistory } from "../../events/domain-event.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { ApplyRequest } from "../daemon-context.ts";
import type { LiveMission } from "../live-mission.ts";
import { removeMissionFiles } from "../mission-files.ts";
import type { MissionIndex } from "../mission-index.ts";
import type { Surroundings } from "../surroundings.ts";
import { agentStates } from "./agent-states.ts";
import { PipelineBook } from "./book.ts";
import { expectedDurations } from "./durations.ts";
import { earlierWork, takeResults } from "./earlier-run.ts";
import { noMoves } from "./history.ts";
import { keptForRetry } from "./rerun-rule.ts";
import { Results } from "./results.ts";
import { readPipeline } from "./stored.ts";

export interface PipelineDeskParts {
  readonly index: MissionIndex;
  readonly surroundings: Surroundings;
  /** Starts the next attempt, which begins with this history. */
  revive(row: MissionRow, history: MissionRow["history"]): LiveMission;
  /** @throws OvermindError shutting_down */
  refuseWhenClosing(): void;
}

export interface Retried {
  readonly id: string;
  readonly name: string;
  readonly attempt: number;
  /** Steps whose results are kept. */
  readonly kept: readonly string[];
}

/** A pipeline as it stands, and as it was applied. */
export interface PipelinePicture {
  readonly row: MissionRow;
  readonly applied: ApplyRequest;
  /** By agent. */
  readonly states: ReadonlyMap<string, string>;
}

/** Runs from which durations are expected. */
const runsAsked = 5;
/** Finished missions of one name among which pipelines are looked for. */
const namesakes = 100;

/** What can be asked of the pipelines of a home, those that run and those that have ended. */
export class PipelineDesk {
  readonly #parts: PipelineDeskParts;

  constructor(parts: PipelineDeskParts) {
    this.#parts = parts;
  }

  /**
   * Runs a finished pipeline again under its id; with `failed` only what failed and what depends on it.
   *
   * @throws OvermindError not_found, invalid_argument, not_finished, name_taken
   */
  async retry(reference: string, { failed }: { failed: boolean }): Promise<Retried> {
    this.#parts.refuseWhenClosing();
    const { id } = this.#row(reference);
    await this.#untilStored(id);
    const row = this.#row(id);
    const { name } = row;
    if (!isFinal(row.status))
      throw new OvermindError("not_finished", undefined, { details: { id, name }, hint: `To end it: overmind stop ${name}` });
    const pipeline = failed ? this.#kept(row) : null;
    const mission = this.#parts.revive(row, pipeline === null ? null : { ...noHistory, pipeline });
    return { id, name, attempt: mission.row.attempt, kept: [...(pipeline?.steps ?? [])].map(([step]) => step) };
  }

  /** @throws OvermindError not_found, invalid_argument where it is no pipeline */
  picture(reference: string): PipelinePicture {
    const row = this.#row(reference);
    const book = this.#book(row);
    const { pipeline, history, applied } = book;
    const find = (mission: string) => this.#parts.index.findRow(mission);
    return { row, applied, states: agentStates({ pipeline, history, isOver: isFinal(row.status), find }) };
  }

  /** How long the agents of a pipeline took in its newest runs, ms by name. */
  durations(name: string): ReadonlyMap<string, number> {
    const { index, surroundings } = this.#parts;
    const runs = this.newestRuns(name, runsAsked).flatMap((row) => {
      try {
        return [{ blueprint: readPipeline(surroundings.paths, row.id).blueprint, history: row.history?.pipeline ?? noMoves }];
      } catch {
        // Its file is gone: one run less to learn from.
        return [];
      }
    });
    return expectedDurations(runs, (mission) => index.findRow(mission));
  }

  /**
   * A request with what an earlier run did of it; `take` hands the results to the pipeline made of it.
   *
   * @throws OvermindError invalid_argument where there is no such run, or it did not complete all of it
   */
  withEarlierWork(request: ApplyRequest): { readonly request: ApplyRequest; take(pipeline: string): void } {
    if ((request.behind ?? []).length === 0) return { request, take: () => undefined };
    const { index, surroundings } = this.#parts;
    const [run] = this.newestRuns(request.name ?? request.blueprint.name, 1);
    const earlier = earlierWork(request, run, surroundings.paths, (mission) => index.findRow(mission));
    if (earlier === undefined || run === undefined) return { request, take: () => undefined };
    const take = (pipeline: string) => {
      try {
        takeResults(earlier, run.attempt, surroundings.paths, pipeline);
      } catch (error) {
        removeMissionFiles(surroundings.paths, pipeline);
        throw error;
      }
    };
    return { request: { ...request, earlier }, take };
  }

  /** Finished pipelines of this name, newest first. */
  newestRuns(name: string, limit: number): MissionRow[] {
    return this.#parts.index.finishedCalled(name, namesakes).filter(isPipeline).slice(0, limit);
  }

  /** A finished one waits in memory until its end is stored. */
  async #untilStored(id: string): Promise<void> {
    const { index, surroundings } = this.#parts;
    const live = index.findLive(id);
    if (live?.isFinal === true) await new Promise<void>((resolve) => surroundings.journal.onceStored(resolve));
  }

  #kept(row: MissionRow): PipelineHistory {
    const { surroundings, index } = this.#parts;
    if (row.history?.pipeline === undefined && index.childrenOf(row.id).length > 0)
      throw new OvermindError("invalid_argument", `what became of the agents of ${row.name} is not known any more`, {
        hint: `To run all of them again: overmind retry ${row.name}`,
      });
    const book = this.#book(row);
    book.expandKnown();
    const { pipeline, history } = book;
    const kept = keptForRetry({ order: pipeline.order, steps: pipeline.steps, history });
    if (kept === null)
      throw new OvermindError("invalid_argument", `nothing of ${row.name} failed`, {
        details: { id: row.id },
        hint: `To run all of it again: overmind retry ${row.name}`,
      });
    const paths = missionPaths(surroundings.paths, row.id);
    const next = Results.ofAttempt(paths.attempt(row.attempt + 1));
    next.clear();
    next.takeFrom(
      Results.ofAttempt(paths.attempt(row.attempt)),
      [...kept.steps].map(([step]) => step),
    );
    return kept;
  }

  #book(row: MissionRow): PipelineBook {
    const { paths } = this.#parts.surroundings;
    const results = Results.ofAttempt(missionPaths(paths, row.id).attempt(row.attempt));
    const history = () => row.history?.pipeline ?? noMoves;
    return new PipelineBook({ id: row.id, applied: readPipeline(paths, row.id), results, history });
  }

  /** The mission of that id or name; of several with this name a pipeline. */
  #row(reference: string): MissionRow {
    const row = this.#parts.index.row(reference);
    if (isPipeline(row)) return row;
    const [other] = this.newestRuns(reference, 1);
    if (other !== undefined) return other;
    throw new OvermindError("invalid_argument", `${row.name} is no pipeline`, { details: { id: row.id } });
  }
}

export const isPipeline = ({ spec }: Pick<MissionRow, "spec">): boolean => (spec as MissionSpec).type === "blueprint";
