import { asOvermindError } from "../../base/errors.ts";
import { isMissionName } from "../../base/mission-name.ts";
import { holds } from "../../blueprint/expression.ts";
import type { Step } from "../../blueprint/pipeline.ts";
import type { Template } from "../../blueprint/template.ts";
import { lookUp } from "../../blueprint/values.ts";
import type { ApplyRequest, RunRequest } from "../daemon-context.ts";
import type { LiveMission } from "../live-mission.ts";
import { agentRequest, checkRequest, probeRequest, type StepRequest } from "./agent-request.ts";
import type { PipelineBook } from "./book.ts";
import type { PipelinesParts } from "./pipelines.ts";

export interface StepMissionsParts {
  readonly pipeline: LiveMission;
  readonly shared: PipelinesParts;
  readonly applied: ApplyRequest;
  readonly book: PipelineBook;
}

/** Makes the missions of one pipeline's steps under ids that were decided. Each answers why its mission could not be made, or null. */
export class StepMissions {
  readonly #parts: StepMissionsParts;

  constructor(parts: StepMissionsParts) {
    this.#parts = parts;
  }

  makeAgent(step: Step, id: string): string | null {
    const { book } = this.#parts;
    return this.#make(id, step, step.name, (asked) => {
      const { agent, values } = asked;
      if (agent.fanOut?.is === "foreach") book.checkItems(agent);
      if (agent.when !== null) holds(agent.when, (reference) => lookUp(reference, values));
      return agentRequest(asked);
    });
  }

  /** @param line that verifies the step */
  makeCheck(step: Step, id: string, line: Template): string | null {
    return this.#make(id, step, `${step.name}.verify`, (asked) => checkRequest(asked, line));
  }

  /** @param line that asks whether the step is ready */
  makeProbe(step: Step, id: string, line: Template, timeoutMs: number): string | null {
    return this.#make(id, step, `${step.name}.ready`, (asked) => probeRequest(asked, line, timeoutMs));
  }

  #make(id: string, step: Step, called: string, requestOf: (asked: StepRequest) => RunRequest): string | null {
    const { book, applied, shared, pipeline } = this.#parts;
    const agent = book.agent(step.agent);
    try {
      const name = this.#freeName(called);
      shared.run(requestOf({ applied, pipeline: pipeline.id, agent, step, values: book.values(step), name }), id);
      return null;
    } catch (error) {
      return asOvermindError(error).message;
    }
  }

  /** The name alone, or with the pipeline's before it while another live mission bears it. */
  #freeName(name: string): string | undefined {
    const { pipeline, shared } = this.#parts;
    const long = `${pipeline.name}.${name}`;
    return [name, long].find((candidate) => isMissionName(candidate) && !shared.index.isNameTaken(candidate));
  }
}
