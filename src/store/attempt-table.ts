import type { Statement } from "better-sqlite3";
import type { Connection } from "./database.ts";
import { type AttemptPatch, type AttemptRow, readAttemptRow } from "./rows.ts";

/** The attempts table. */
export class AttemptTable {
  readonly #all: Statement;
  readonly #connection: Connection;
  readonly #upserts = new Map<string, Statement>();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#all = connection.prepare("SELECT * FROM attempts WHERE mission = ? ORDER BY attempt");
  }

  /** Oldest first. */
  of(mission: string): AttemptRow[] {
    return this.#all.all(mission).map(readAttemptRow);
  }

  /** Makes the attempt's row, or changes the fields that `patch` names. */
  upsert(mission: string, patch: AttemptPatch): void {
    const values: Record<string, unknown> = { mission, ...patch };
    if (patch.leftovers !== undefined) values["leftovers"] = JSON.stringify(patch.leftovers);
    const names = Object.keys(values);
    const key = names.join(",");
    let statement = this.#upserts.get(key);
    if (statement === undefined) {
      const changed = names.filter((name) => name !== "mission" && name !== "attempt");
      const change =
        changed.length === 0 ? "NOTHING" : `UPDATE SET ${changed.map((name) => `${name} = excluded.${name}`).join(", ")}`;
      statement = this.#connection.prepare(
        `INSERT INTO attempts (${key}) VALUES (${names.map((name) => `@${name}`).join(", ")}) ON CONFLICT (mission, attempt) DO ${change}`,
      );
      this.#upserts.set(key, statement);
    }
    statement.run(values);
  }
}
