import type { Agent } from "../../blueprint/blueprint.ts";
import type { Step } from "../../blueprint/pipeline.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { PipelineBook } from "./book.ts";
import { type Children, isOurs } from "./children.ts";
import type { PipelineLog } from "./pipeline-log.ts";
import type { StepMissions } from "./step-missions.ts";
import type { KnownStep, StepMoves } from "./step-moves.ts";
import type { StepResults } from "./step-results.ts";

export interface StepChecksParts {
  readonly book: PipelineBook;
  readonly children: Children;
  readonly missions: StepMissions;
  readonly moves: StepMoves;
  readonly results: StepResults;
  readonly log: PipelineLog;
  isEnding(agent: Agent): boolean;
  /** Settles a step whose mission was decided and is not there. */
  madeLate(known: KnownStep, id: string, make: (step: Step, id: string) => void): void;
  look(): void;
}

/** Lets a step that came to its end succeed only once each command that verifies it has passed. */
export class StepChecks {
  readonly #parts: StepChecksParts;

  constructor(parts: StepChecksParts) {
    this.#parts = parts;
  }

  /** @param row of the step's mission */
  verify(known: KnownStep, row: MissionRow): void {
    const { moves, results, book } = this.#parts;
    const { agent, name, history } = known;
    const { checks } = history;
    if (!this.#hasPassed(known, row)) return;
    if (checks.length === agent.verify.length) {
      moves.end(known, "succeeded", row);
      return;
    }
    if (this.#parts.isEnding(agent)) {
      moves.end(known, "stopped", row);
      return;
    }
    const step = book.step(agent.name, name);
    results.keep(name, agent, row);
    this.#make(step, agent, moves.decide(step, "verifying"), checks.length + 1);
  }

  /** Whether the last command that was started, if any, has passed; settles the step where it never will. */
  #hasPassed(known: KnownStep, row: MissionRow): boolean {
    const { children, moves, madeLate } = this.#parts;
    const { checks } = known.history;
    const last = checks.at(-1);
    if (last === undefined) return true;
    const check = children.find(last);
    if (check === undefined) madeLate(known, last, (step, id) => this.#make(step, known.agent, id, checks.length));
    else if (isFinal(check.status) && isOurs(check)) moves.end(known, "stopped", row);
    else if (isFinal(check.status) && check.reason !== "completed") this.#failed(known, row, check);
    return check?.reason === "completed" && isFinal(check.status);
  }

  /** Gives it back to a session that is there to put it right, as often as the blueprint says. */
  #failed(known: KnownStep, row: MissionRow, check: MissionRow): void {
    const { book, log, moves, isEnding, look } = this.#parts;
    const { agent, name, history } = known;
    const rounds = history.returned?.length ?? 0;
    const line = agent.verify[history.checks.length - 1]?.text;
    if (rounds < agent.verifyRounds && !isFinal(row.status) && !isEnding(agent)) {
      log.say(`agent '${name}' gets \`${line}\` back, round ${rounds + 1} of ${agent.verifyRounds}: mission ${check.id}`);
      moves.note(book.step(agent.name, name), "returned", { mission: check.id });
      look();
      return;
    }
    const after = rounds === 0 ? "" : ` after ${rounds} round${rounds === 1 ? "" : "s"}`;
    moves.end(known, "failed", { ...row, exit_code: check.exit_code }, `\`${line}\` failed${after}`);
  }

  /** @param number from 1 */
  #make(step: Step, agent: Agent, id: string, number: number): void {
    const line = agent.verify[number - 1];
    if (line === undefined) throw new Error(`agent ${agent.name} has no check ${number}`);
    const why = this.#parts.missions.makeCheck(step, id, line);
    if (why !== null) this.#parts.moves.cannotStart(step, agent, why);
  }
}
