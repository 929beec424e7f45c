import { existsSync } from "node:fs";
import Database from "better-sqlite3";

/** What SQLite finds wrong in a database (sqlite.org/pragma.html#pragma_integrity_check); null: nothing. */
export function databaseProblem(path: string): string | null {
  if (!existsSync(path)) return "it is not there";
  try {
    const connection = new Database(path, { readonly: true });
    try {
      const found = connection.pragma("integrity_check", { simple: true });
      return found === "ok" ? null : String(found);
    } finally {
      connection.close();
    }
  } catch (error) {
    return (error as Error).message;
  }
}
