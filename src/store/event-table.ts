import type { Statement } from "better-sqlite3";
import type { EventView } from "../protocol/messages.ts";
import type { Connection } from "./database.ts";

export interface NewEvent {
  /** Epoch ms. */
  readonly time: number;
  readonly type: string;
  readonly mission: string | null;
  readonly attempt: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

interface EventRow extends Omit<NewEvent, "data"> {
  readonly seq: number;
  readonly data: string;
}

/** The append-only log. */
export class EventTable {
  readonly #insert: Statement;
  readonly #after: Statement;
  readonly #ofMissionAfter: Statement;
  readonly #prune: Statement;
  readonly #isKnown: Statement;
  readonly #lastSeq: Statement;

  constructor(connection: Connection) {
    this.#insert = connection.prepare(
      "INSERT INTO events (time, type, mission, attempt, data) VALUES (@time, @type, @mission, @attempt, @data)",
    );
    this.#after = connection.prepare("SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?");
    this.#ofMissionAfter = connection.prepare("SELECT * FROM events WHERE mission = ? AND seq > ? ORDER BY seq LIMIT ?");
    this.#prune = connection.prepare("DELETE FROM events WHERE seq <= (SELECT max(seq) FROM events) - ?");
    this.#isKnown = connection.prepare("SELECT 1 FROM events WHERE mission = ? LIMIT 1").pluck();
    this.#lastSeq = connection.prepare("SELECT coalesce(max(seq), 0) FROM events").pluck();
  }

  append(event: NewEvent): EventView {
    const { lastInsertRowid } = this.#insert.run({ ...event, data: JSON.stringify(event.data) });
    return toView({ ...event, seq: Number(lastInsertRowid) }, event.data);
  }

  /** At most `limit` events with a greater seq, oldest first. */
  after(seq: number, limit: number, mission?: string): EventView[] {
    const rows = mission === undefined ? this.#after.all(seq, limit) : this.#ofMissionAfter.all(mission, seq, limit);
    return (rows as EventRow[]).map((row) => toView(row, JSON.parse(row.data)));
  }

  lastSeq(): number {
    return this.#lastSeq.get() as number;
  }

  /** Whether a mission ever bore this id: an id is never given twice. */
  knows(mission: string): boolean {
    return this.#isKnown.get(mission) !== undefined;
  }

  /** Forgets all but the newest `keep`. */
  prune(keep: number): void {
    this.#prune.run(keep);
  }
}

const toView = (row: Omit<EventRow, "data">, data: EventView["data"]): EventView => ({
  seq: row.seq,
  time: new Date(row.time).toISOString(),
  type: row.type,
  mission: row.mission,
  attempt: row.attempt,
  data,
});
