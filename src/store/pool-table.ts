import type { Statement } from "better-sqlite3";
import type { Connection } from "./database.ts";

/** One pool as it is stored. */
export interface PoolRow {
  readonly name: string;
  readonly slots: number;
  readonly paused: boolean;
  /** Epoch ms. */
  readonly created_at: number;
}

/** The pools table. */
export class PoolTable {
  readonly #all: Statement;
  readonly #set: Statement;
  readonly #remove: Statement;

  constructor(connection: Connection) {
    this.#all = connection.prepare("SELECT * FROM pools ORDER BY name");
    this.#set = connection.prepare(
      `INSERT INTO pools (name, slots, paused, created_at) VALUES (@name, @slots, @paused, @created_at)
       ON CONFLICT (name) DO UPDATE SET slots = excluded.slots, paused = excluded.paused`,
    );
    this.#remove = connection.prepare("DELETE FROM pools WHERE name = ?");
  }

  /** By name. */
  all(): PoolRow[] {
    return (this.#all.all() as (Omit<PoolRow, "paused"> & { paused: number })[]).map((row) => ({
      ...row,
      paused: row.paused === 1,
    }));
  }

  /** Makes a pool or changes it. */
  set(row: PoolRow): void {
    this.#set.run({ ...row, paused: row.paused ? 1 : 0 });
  }

  remove(name: string): void {
    this.#remove.run(name);
  }
}
