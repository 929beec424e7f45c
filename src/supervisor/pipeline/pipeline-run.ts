import { missionPaths } from "../../base/paths.ts";
import type { Agent } from "../../blueprint/blueprint.ts";
import type { LiveMission } from "../live-mission.ts";
import { PipelineBook } from "./book.ts";
import { noMoves } from "./history.ts";
import type { LoopbackPorts } from "./loopback-ports.ts";
import { PipelineLog } from "./pipeline-log.ts";
import type { PipelinesParts } from "./pipelines.ts";
import { Places } from "./places.ts";
import { Results } from "./results.ts";
import { StepKeeper } from "./step-keeper.ts";
import { readPipeline, takeNext } from "./stored.ts";

/** What one attempt of a pipeline works with. */
export interface PipelineRun {
  readonly book: PipelineBook;
  readonly log: PipelineLog;
  readonly steps: StepKeeper;
  readonly places: Places;
}

export interface RunParts {
  readonly pipeline: LiveMission;
  readonly shared: PipelinesParts;
  readonly ports: LoopbackPorts;
  /** Whether this agent is not to start any more. */
  readonly isEnding: (agent: Agent) => boolean;
  /** Something may have changed. */
  readonly look: () => void;
}

/**
 * Begins an attempt of a pipeline, or goes on with one that a former daemon began: from what is stored alone.
 *
 * @throws Error when what it decided is lost; whatever keeps its files from being read or written
 */
export function beginRun({ pipeline, shared, ports, isEnding, look }: RunParts): PipelineRun {
  const { id, row, paths } = pipeline;
  const { surroundings, index } = shared;
  const history = () => pipeline.row.history?.pipeline ?? noMoves;
  // Its decisions were lost with the database: nothing may run twice.
  if (history().moves === 0 && row.attempt === 1 && index.childrenOf(id).length > 0)
    throw new Error("what the pipeline decided is not known any more");
  takeNext(surroundings.paths, id, history().version);
  const applied = readPipeline(surroundings.paths, id);
  const attempt = paths.attempt(row.attempt);
  const log = new PipelineLog(attempt, () => surroundings.clock.now());
  const results = Results.ofAttempt(attempt);
  const taken = Results.takenBy(surroundings.paths, id);
  const earlier = Object.keys(applied.earlier?.steps ?? {});
  if (history().moves === 0) {
    // What a daemon left that was killed before it could begin this attempt.
    results.clear();
    results.takeFrom(taken, earlier);
  }
  const book = new PipelineBook({ id, applied, results, history });
  const attemptOf = (mission: string, number: number) => missionPaths(surroundings.paths, mission).attempt(number);
  const steps = new StepKeeper({ pipeline, shared, ports, applied, book, results, log, isEnding, attemptOf, look });
  steps.keepMissing();
  // The earlier run may be forgotten before the next attempt asks.
  taken.takeFrom(results, earlier);
  const most = () => surroundings.settings.current.max_children;
  const places = new Places({ book, log, most, taken: () => shared.liveChildren(id) });
  return { book, log, steps, places };
}
