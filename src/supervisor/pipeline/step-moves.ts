import { faultPoint } from "../../base/fault-points.ts";
import type { Agent } from "../../blueprint/blueprint.ts";
import type { Step } from "../../blueprint/pipeline.ts";
import type { AgentMove, StepEnd, StepHistory } from "../../events/domain-event.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { Children } from "./children.ts";
import type { PipelineLog } from "./pipeline-log.ts";
import type { StepMissionsParts } from "./step-missions.ts";
import type { StepResults } from "./step-results.ts";

/** A step with all that is known of it. */
export interface KnownStep {
  readonly name: string;
  readonly agent: Agent;
  readonly history: StepHistory;
}

export interface StepMovesParts extends Omit<StepMissionsParts, "applied"> {
  readonly children: Children;
  readonly results: StepResults;
  readonly log: PipelineLog;
}

/** Puts on record how the steps of one pipeline come along. */
export class StepMoves {
  readonly #parts: StepMovesParts;

  constructor(parts: StepMovesParts) {
    this.#parts = parts;
  }

  /** Stores the id that a mission will bear, before it is made. */
  decide(step: Step, to: "starting" | "probing" | "verifying", port?: number): string {
    const mission = this.#parts.shared.newId();
    this.note(step, to, { mission, ...(port !== undefined && { port }) });
    FAULT: faultPoint("after_move", step.name);
    return mission;
  }

  note(
    { agent, name }: Step,
    to: AgentMove,
    more: { mission?: string; port?: number; exit_code?: number | null; note?: string } = {},
  ): void {
    const { pipeline } = this.#parts;
    pipeline.note({ type: "mission.agent_moved", attempt: pipeline.row.attempt, agent, step: name, to, ...more });
  }

  /** @param row of its mission; null: nothing of it ran */
  end(known: Pick<KnownStep, "name" | "agent">, how: StepEnd, row: MissionRow | null, note?: string): void {
    const { book, log, results } = this.#parts;
    if (row !== null) results.keep(known.name, known.agent, row);
    FAULT: faultPoint("after_result_kept", known.name);
    const wrong = how === "succeeded" ? results.wrong(known.name, known.agent) : null;
    const end = wrong === null ? how : "failed";
    if (end !== "succeeded" && this.#asksToEnd(known.name)) return;
    const why = wrong ?? note;
    const exitCode = row?.exit_code ?? null;
    const words = [row === null ? null : `mission ${row.id}`, exitCode === null ? null : `exit code ${exitCode}`, why];
    log.say(`agent '${known.name}' ${inWords[end]}: ${words.filter((word) => word != null).join(", ") || "nothing of it ran"}`);
    const step = book.step(known.agent.name, known.name);
    this.note(step, end, { exit_code: exitCode, ...(why === undefined ? {} : { note: why }) });
  }

  cannotStart({ name }: Step, agent: Agent, why: string): void {
    this.end({ name, agent }, "failed", null, `it could not start: ${why}`);
  }

  /** Asks a session whose work came to nothing to end; whether it has still to. */
  #asksToEnd(name: string): boolean {
    const { book, children } = this.#parts;
    const mission = book.historyOf(name)?.mission ?? null;
    if (mission === null || children.live(mission) === undefined) return false;
    children.ask(mission, "stop");
    return true;
  }
}

const inWords: Readonly<Record<StepEnd, string>> = { succeeded: "completed", failed: "failed", stopped: "was stopped" };
