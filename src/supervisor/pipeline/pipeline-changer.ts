import { OvermindError } from "../../base/errors.ts";
import { faultPoint } from "../../base/fault-points.ts";
import { missionPaths } from "../../base/paths.ts";
import type { ApplyRequest } from "../daemon-context.ts";
import type { LiveMission } from "../live-mission.ts";
import type { MissionIndex } from "../mission-index.ts";
import type { Surroundings } from "../surroundings.ts";
import { pipelineNames } from "./admit-pipeline.ts";
import { PipelineBook } from "./book.ts";
import { decideChange } from "./change-pipeline.ts";
import type { AgentUpdate } from "./change-rule.ts";
import { checkAgents } from "./check-agents.ts";
import { noMoves } from "./history.ts";
import type { Pipelines } from "./pipelines.ts";
import { checkSchemas } from "./result-schema.ts";
import { Results } from "./results.ts";
import { readPipeline, takeNext, writeNext } from "./stored.ts";

export interface Changed {
  readonly id: string;
  readonly name: string;
  readonly changes: readonly AgentUpdate[];
}

/** Lets a pipeline that runs follow its file when that is applied again. */
export class PipelineChanger {
  readonly #index: MissionIndex;
  readonly #surroundings: Surroundings;
  readonly #pipelines: Pipelines;

  constructor(parts: { index: MissionIndex; surroundings: Surroundings; pipelines: Pipelines }) {
    this.#index = parts.index;
    this.#surroundings = parts.surroundings;
    this.#pipelines = parts.pipelines;
  }

  /** The live pipeline that bears the name asked for and came from the same file: another file of that name is another pipeline. */
  find(request: ApplyRequest): LiveMission | undefined {
    const names = request.name === undefined ? pipelineNames(request.blueprint.name) : [request.name];
    for (const name of names) {
      if (!this.#index.isNameTaken(name)) return undefined;
      const mission = this.#index.findLive(name);
      if (mission?.spec.type !== "blueprint" || mission.isFinal) continue;
      if (readPipeline(this.#surroundings.paths, mission.id).blueprint.files[0] === request.blueprint.files[0]) return mission;
    }
    return undefined;
  }

  /**
   * Changes what differs, and leaves the rest running.
   *
   * @throws OvermindError blueprint_invalid, invalid_argument; still_live where it still has tasks to do
   */
  change(mission: LiveMission, request: ApplyRequest): Changed {
    const { id, name, row } = mission;
    const { paths, journal } = this.#surroundings;
    checkAgents(request.blueprint);
    checkSchemas(request);
    if (request.isPart === true)
      throw new OvermindError("invalid_argument", `only and from begin a new run, and ${name} runs`, {
        details: { id, name },
        hint: "A second run beside it: overmind apply --name NAME",
      });
    const history = () => mission.row.history?.pipeline ?? noMoves;
    takeNext(paths, id, history().version);
    const results = Results.ofAttempt(missionPaths(paths, id).attempt(row.attempt));
    const book = new PipelineBook({ id, applied: readPipeline(paths, id), results, history });
    const isLive = (one: string) => this.#index.findLive(one)?.id === one;
    const decided = decideChange(mission, book, request, isLive);
    if (decided === null) return { id, name, changes: [] };
    const { updates, request: next, ...event } = decided;
    writeNext(paths, id, event.version, next);
    FAULT: faultPoint("before_blueprint_change");
    mission.note({ type: "mission.blueprint_changed", attempt: row.attempt, ...event });
    const lines = updates.map(({ agent, action, why }) => `blueprint ${event.version}: ${agent} ${action}: ${why}`);
    // The file goes with the decision: neither may be there alone.
    journal.onceStored(() => {
      FAULT: faultPoint("after_blueprint_change");
      takeNext(paths, id, event.version);
      this.#pipelines.find(id)?.follow(lines);
    });
    return { id, name, changes: updates };
  }
}
