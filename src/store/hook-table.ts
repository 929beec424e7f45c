import type { Statement } from "better-sqlite3";
import type { EventView } from "../protocol/messages.ts";
import type { Connection } from "./database.ts";

/** How far a hook got. Times are epoch ms. */
export interface HookRow {
  readonly name: string;
  /** The last event that is done with: delivered, given up, or not the hook's. */
  readonly cursor: number;
  readonly delivered: number;
  /** Failed tries of the delivery that comes next. */
  readonly tries: number;
  readonly retry_at: number | null;
  readonly last_error: string | null;
  readonly last_error_at: number | null;
  /** The process at work, as whoever started it knows it again. */
  readonly process: string | null;
}

/** A delivery that was given up. */
export interface DeadRow {
  readonly hook: string;
  readonly seq: number;
  readonly event: EventView;
  readonly tries: number;
  readonly error: string;
  readonly time: number;
}

// A hook that can never succeed must not fill the disk.
const mostDead = 1000;

/** Where each hook stands in the event log, and what it could not deliver. */
export class HookTable {
  readonly #connection: Connection;
  readonly #all: Statement;
  readonly #upsert: Statement;
  readonly #remove: Statement;
  readonly #lowest: Statement;
  readonly #bury: Statement;
  readonly #thin: Statement;
  readonly #dead: Statement;
  readonly #revived: Statement;
  readonly #forget: Statement;
  readonly #revive: Statement;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#all = connection.prepare("SELECT * FROM hooks ORDER BY name");
    this.#upsert = connection.prepare(
      `INSERT INTO hooks (name, cursor, delivered, tries, retry_at, last_error, last_error_at, process)
       VALUES (@name, @cursor, @delivered, @tries, @retry_at, @last_error, @last_error_at, @process)
       ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, delivered = excluded.delivered, tries = excluded.tries,
         retry_at = excluded.retry_at, last_error = excluded.last_error, last_error_at = excluded.last_error_at,
         process = excluded.process`,
    );
    this.#remove = connection.prepare("DELETE FROM hooks WHERE name = ?");
    this.#lowest = connection.prepare("SELECT min(cursor) FROM hooks").pluck();
    this.#bury = connection.prepare(
      `INSERT INTO dead_deliveries (hook, seq, event, tries, error, time) VALUES (@hook, @seq, @event, @tries, @error, @time)
       ON CONFLICT (hook, seq) DO UPDATE SET tries = excluded.tries, error = excluded.error, time = excluded.time, is_revived = 0`,
    );
    this.#thin = connection.prepare(
      `DELETE FROM dead_deliveries WHERE hook = @hook AND seq <=
         (SELECT seq FROM dead_deliveries WHERE hook = @hook ORDER BY seq DESC LIMIT 1 OFFSET ${mostDead})`,
    );
    this.#dead = connection.prepare("SELECT * FROM dead_deliveries WHERE hook = ? ORDER BY seq");
    this.#revived = connection.prepare("SELECT * FROM dead_deliveries WHERE hook = ? AND is_revived = 1 ORDER BY seq LIMIT 1");
    this.#forget = connection.prepare("DELETE FROM dead_deliveries WHERE hook = ? AND seq = ?");
    this.#revive = connection.prepare("UPDATE dead_deliveries SET is_revived = 1 WHERE hook = ?");
  }

  all(): HookRow[] {
    return this.#all.all() as HookRow[];
  }

  /** Stores where a hook stands; with `forget` also that this dead delivery was made after all. */
  save(row: HookRow, forget?: number): void {
    this.#connection.transaction(() => {
      this.#upsert.run(row);
      if (forget !== undefined) this.#forget.run(row.name, forget);
    })();
  }

  /** Stores that a delivery was given up, and where that leaves the hook. */
  bury(row: HookRow, dead: DeadRow): void {
    this.#connection.transaction(() => {
      this.#upsert.run(row);
      this.#bury.run({ ...dead, event: JSON.stringify(dead.event) });
      this.#thin.run({ hook: dead.hook });
    })();
  }

  /** Forgets a hook and its dead deliveries. */
  remove(name: string): void {
    this.#remove.run(name);
  }

  /** The cursor of the hook that is furthest behind; null: there is no hook. */
  lowestCursor(): number | null {
    return this.#lowest.get() as number | null;
  }

  /** Oldest first. */
  deadOf(hook: string): DeadRow[] {
    return (this.#dead.all(hook) as RawDead[]).map(readDead);
  }

  /** The oldest delivery that somebody asked to try again. */
  nextRevived(hook: string): DeadRow | undefined {
    const raw = this.#revived.get(hook) as RawDead | undefined;
    return raw && readDead(raw);
  }

  /** Has a hook's dead deliveries tried again; answers how many there are. */
  revive(hook: string): number {
    return this.#revive.run(hook).changes;
  }
}

type RawDead = Omit<DeadRow, "event"> & { readonly event: string };

const readDead = ({ hook, seq, event, tries, error, time }: RawDead): DeadRow => ({
  hook,
  seq,
  event: JSON.parse(event) as EventView,
  tries,
  error,
  time,
});
