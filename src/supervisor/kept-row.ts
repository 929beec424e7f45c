import type { MissionEvent } from "../events/domain-event.ts";
import type { ProcessInput } from "../mission/machine-types.ts";
import type { AttemptRow, MissionRow } from "../store/rows.ts";
import { withAttempt } from "./attempt-rows.ts";
import type { RowChange } from "./facts-of-event.ts";
import { timedChange } from "./row-timing.ts";
import { momentOf, type Surroundings } from "./surroundings.ts";

/** A live mission's row and attempts as they stand. Each event is put on record, changes them, and then is told. */
export class KeptRow {
  readonly #around: Pick<Surroundings, "journal" | "clock" | "host">;
  readonly #listeners = new Set<() => void>();
  #row: MissionRow;
  /** Oldest first: readers of the output ask for them many times a second. */
  #attempts: readonly AttemptRow[];
  /** The attempt whose start is stored already. */
  #intended: number;

  /**
   * @param attempts what is stored of its attempts
   * @param isIntended whether the start of the row's attempt is stored already
   */
  constructor(
    row: MissionRow,
    attempts: readonly AttemptRow[],
    isIntended: boolean,
    around: Pick<Surroundings, "journal" | "clock" | "host">,
  ) {
    this.#row = row;
    this.#attempts = attempts;
    this.#intended = isIntended ? row.attempt : 0;
    this.#around = around;
  }

  get row(): MissionRow {
    return this.#row;
  }

  get attempts(): readonly AttemptRow[] {
    return this.#attempts;
  }

  /** Its output grew as late as this, epoch ms; null: it never did. Asked at every line an agent says, so it copies only what is new. */
  grewAt(time: number | null): void {
    const last_activity = time ?? this.#row.last_activity;
    if (last_activity !== this.#row.last_activity) this.#row = { ...this.#row, last_activity };
  }

  /** What has happened. */
  note(event: MissionEvent): void {
    const { journal } = this.#around;
    const change = this.#changeBy(event);
    journal.note([journal.fact(this.#row.id, event, change)]);
    this.#change(change);
  }

  /**
   * An attempt is going to start; once for each.
   *
   * @throws OvermindError when it cannot be stored: then it must not start
   */
  intend({ attempt, restarts, history }: ProcessInput): void {
    if (this.#intended === attempt) return;
    const { journal } = this.#around;
    const event = { type: "mission.starting", attempt, restarts, history } as const;
    const change = this.#changeBy(event);
    journal.intend([journal.fact(this.#row.id, event, change)]);
    this.#intended = attempt;
    this.#change(change);
  }

  /** Calls `listener` after each change of the row. Answers what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changeBy(event: MissionEvent): RowChange {
    return timedChange(event, this.#row, momentOf(this.#around), this.#around.clock.now());
  }

  #change({ mission, attempt }: RowChange): void {
    this.#row = { ...this.#row, ...mission };
    if (attempt !== undefined) this.#attempts = withAttempt(this.#attempts, this.#row.id, attempt);
    for (const listener of [...this.#listeners]) listener();
  }
}
