import type { Statement } from "better-sqlite3";
import type { Connection } from "./database.ts";

/** What is known of one account's limits. */
export interface AccountRow {
  readonly name: string;
  /** Epoch ms until which it is limited, in the past when that is over; null: it never was, or was opened. */
  readonly until: number | null;
  /** How often it met a limit since it last did its work. */
  readonly strikes: number;
}

/** The accounts that ever met a limit. */
export class AccountTable {
  readonly #all: Statement;
  readonly #set: Statement;

  constructor(connection: Connection) {
    this.#all = connection.prepare("SELECT * FROM accounts ORDER BY name");
    this.#set = connection.prepare(
      `INSERT INTO accounts (name, until, strikes) VALUES (@name, @until, @strikes)
       ON CONFLICT (name) DO UPDATE SET until = excluded.until, strikes = excluded.strikes`,
    );
  }

  /** By name. */
  all(): AccountRow[] {
    return this.#all.all() as AccountRow[];
  }

  set(row: AccountRow): void {
    this.#set.run(row);
  }
}
