import type { Statement } from "better-sqlite3";
import type { StepHistory } from "../events/history.ts";
import { StepHistories } from "../events/step-histories.ts";
import type { Connection } from "./database.ts";

/**
 * What pipelines remember of their steps, a row for each: a move of one step among thousands costs
 * no more than that of one alone.
 */
export class StepTable {
  readonly #set: Statement;
  readonly #of: Statement;
  readonly #remove: Statement;

  constructor(connection: Connection) {
    // Updated in place, so that steps stay in the order in which they first started.
    this.#set = connection.prepare(
      "INSERT INTO steps (mission, step, history) VALUES (?, ?, ?) ON CONFLICT (mission, step) DO UPDATE SET history = excluded.history",
    );
    this.#of = connection.prepare("SELECT step, history FROM steps WHERE mission = ? ORDER BY id");
    this.#remove = connection.prepare("DELETE FROM steps WHERE mission = ?");
  }

  set(mission: string, step: string, history: StepHistory): void {
    this.#set.run(mission, step, JSON.stringify(history));
  }

  /** All of a mission's steps, and no others. */
  replace(mission: string, steps: StepHistories): void {
    this.remove(mission);
    for (const [step, history] of steps) this.set(mission, step, history);
  }

  of(mission: string): StepHistories {
    const rows = this.#of.all(mission) as { step: string; history: string }[];
    return StepHistories.of(rows.map(({ step, history }) => [step, JSON.parse(history) as StepHistory]));
  }

  remove(mission: string): void {
    this.#remove.run(mission);
  }
}
