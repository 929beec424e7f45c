import type { Statement } from "better-sqlite3";
import { isoTime } from "../base/clock.ts";
import { eventData } from "../events/history-view.ts";
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
  readonly #lastOfMission: Statement;
  readonly #prune: Statement;
  readonly #isKnown: Statement;
  readonly #lastSeq: Statement;
  readonly #hasBegun: Statement;
  readonly #last: Statement;

  constructor(connection: Connection) {
    this.#insert = connection.prepare(
      "INSERT INTO events (time, type, mission, attempt, data) VALUES (@time, @type, @mission, @attempt, @data)",
    );
    this.#after = connection.prepare("SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?");
    this.#ofMissionAfter = connection.prepare("SELECT * FROM events WHERE mission = ? AND seq > ? ORDER BY seq LIMIT ?");
    this.#lastOfMission = connection.prepare("SELECT * FROM events WHERE mission = ? ORDER BY seq DESC LIMIT ?");
    this.#prune = connection.prepare("DELETE FROM events WHERE seq <= (SELECT max(seq) FROM events) - ? AND seq <= ?");
    this.#isKnown = connection.prepare("SELECT 1 FROM events WHERE mission = ? LIMIT 1").pluck();
    this.#last = connection.prepare("SELECT * FROM events WHERE mission = ? AND type = ? ORDER BY seq DESC LIMIT 1");
    this.#lastSeq = connection.prepare("SELECT coalesce(max(seq), 0) FROM events").pluck();
    // It outlives the events themselves (sqlite.org/autoinc.html).
    this.#hasBegun = connection.prepare("SELECT 1 FROM sqlite_sequence WHERE name = 'events'").pluck();
  }

  append(event: NewEvent): EventView {
    const { lastInsertRowid } = this.#insert.run({ ...event, data: JSON.stringify(event.data) });
    return toView({ ...event, seq: Number(lastInsertRowid) }, event.data);
  }

  /** At most `limit` events with a greater seq, oldest first. */
  after(seq: number, limit: number, mission?: string): EventView[] {
    const rows = mission === undefined ? this.#after.all(seq, limit) : this.#ofMissionAfter.all(mission, seq, limit);
    return (rows as EventRow[]).map((row) => toView(row, dataOf(row)));
  }

  /** The newest event of a type that a mission has. */
  last(mission: string, type: string): EventView | undefined {
    const row = this.#last.get(mission, type) as EventRow | undefined;
    return row && toView(row, dataOf(row));
  }

  /** At most `limit` of a mission's events, the newest, oldest first. */
  lastOf(mission: string, limit: number): EventView[] {
    const rows = this.#lastOfMission.all(mission, limit) as EventRow[];
    return rows.reverse().map((row) => toView(row, dataOf(row)));
  }

  lastSeq(): number {
    return this.#lastSeq.get() as number;
  }

  /** Whether any event was ever stored: every daemon stores one before it answers anybody. */
  hasBegun(): boolean {
    return this.#hasBegun.get() !== undefined;
  }

  /** Whether a mission ever bore this id: an id is never given twice. */
  knows(mission: string): boolean {
    return this.#isKnown.get(mission) !== undefined;
  }

  /**
   * Forgets all but the newest `keep`.
   *
   * @param upTo the last that may go: somebody has yet to read the rest
   */
  prune(keep: number, upTo: number = Number.MAX_SAFE_INTEGER): void {
    this.#prune.run(keep, upTo);
  }
}

/** One that cannot be read is told as such: whoever follows goes on behind it. */
function dataOf({ data }: EventRow): EventView["data"] {
  try {
    const read: unknown = JSON.parse(data);
    if (typeof read === "object" && read !== null) return read as EventView["data"];
  } catch {
    // Somebody wrote into the database.
  }
  return { damaged: true };
}

const toView = (row: Omit<EventRow, "data">, data: EventView["data"]): EventView => ({
  seq: row.seq,
  time: isoTime(row.time),
  type: row.type,
  mission: row.mission,
  attempt: row.attempt,
  data: eventData(data),
});
