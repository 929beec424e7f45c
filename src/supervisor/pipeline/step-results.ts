import type { Agent } from "../../blueprint/blueprint.ts";
import { type FitCheck, fitCheck } from "../../blueprint/fit-check.ts";
import { jsonIn } from "../../blueprint/values.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { SessionTalk } from "./session-talk.ts";
import type { StepKeeperParts } from "./step-keeper.ts";

type Parts = Pick<StepKeeperParts, "applied" | "attemptOf" | "book" | "results">;

/** What the steps of one pipeline hand on: a command's output, an agent's last answer. */
export class StepResults {
  readonly #parts: Parts;
  readonly #sessions: SessionTalk;
  /** By agent. */
  readonly #checks = new Map<string, FitCheck>();

  constructor(parts: Parts, sessions: SessionTalk) {
    this.#parts = parts;
    this.#sessions = sessions;
  }

  /** Keeps it where somebody asks for it, or it has to be checked. */
  keep(name: string, agent: Agent, row: MissionRow): void {
    const { book, results, attemptOf } = this.#parts;
    if (!book.isReferenced(agent.name) && agent.expects !== "json") return;
    const answer = this.#answerOf(name, agent, row.id);
    if (answer === undefined) results.keep(name, attemptOf(row.id, row.attempt));
    else if (answer !== null) results.keepAnswer(name, answer);
  }

  /** Why what was kept is not what the blueprint expects; null: it is. */
  wrong(name: string, agent: Agent): string | null {
    if (agent.expects !== "json") return null;
    const { result } = this.#parts.results.outcome(name, "completed", 0);
    try {
      const misfit = this.#checkOf(agent.name)(jsonIn(result ?? ""));
      return misfit === null ? null : `its result does not fit its schema ${misfit}`;
    } catch (error) {
      return `its result is no JSON: ${(error as Error).message}`;
    }
  }

  #checkOf(agent: string): FitCheck {
    const { schemas = {} } = this.#parts.applied;
    const known = this.#checks.get(agent);
    if (known !== undefined) return known;
    const made = Object.hasOwn(schemas, agent) ? fitCheck(schemas[agent]) : () => null;
    this.#checks.set(agent, made);
    return made;
  }

  /** What an agent answered; null: nothing. Undefined: it is a command, whose output is what it has to say. */
  #answerOf(name: string, agent: Agent, mission: string): string | null | undefined {
    if (agent.provider === "raw") return undefined;
    const history = this.#parts.book.historyOf(name);
    if (agent.type !== "session" || history === undefined) return this.#sessions.lastAnswer(mission);
    const state = this.#sessions.state(mission, history);
    return state.is === "answered" ? state.text : null;
  }
}
