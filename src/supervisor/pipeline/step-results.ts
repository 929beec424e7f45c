import type { Agent } from "../../blueprint/blueprint.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { SessionTalk } from "./session-talk.ts";
import type { StepKeeperParts } from "./step-keeper.ts";

/** What the steps of one pipeline hand on: a command's output, an agent's last answer. */
export class StepResults {
  readonly #parts: Pick<StepKeeperParts, "attemptOf" | "book" | "results">;
  readonly #sessions: SessionTalk;

  constructor(parts: Pick<StepKeeperParts, "attemptOf" | "book" | "results">, sessions: SessionTalk) {
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
    try {
      JSON.parse(this.#parts.results.outcome(name, "completed", 0).result ?? "");
      return null;
    } catch (error) {
      return `its result is no JSON: ${(error as Error).message}`;
    }
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
