import { existsSync } from "node:fs";
import Database from "better-sqlite3";

// What is kept as JSON, and whether it is always there. SQLite's own checks do not look into texts.
const texts = [
  { table: "missions", column: "spec", isNeeded: true, type: "object" },
  { table: "missions", column: "history", isNeeded: false, type: "object" },
  { table: "missions", column: "usage", isNeeded: false, type: "object" },
  { table: "missions", column: "timing", isNeeded: false, type: "object" },
  { table: "missions", column: "budget", isNeeded: false, type: "object" },
  { table: "attempts", column: "leftovers", isNeeded: false, type: "array" },
  { table: "steps", column: "history", isNeeded: true, type: "object" },
  { table: "dead_deliveries", column: "event", isNeeded: true, type: "object" },
] as const;

/**
 * The first text of a mission that is not what a daemon wrote, in words; null: there is none. One such row, and
 * no mission of the home could be read. Events are told apart: they are read one by one.
 */
export function damagedRow(connection: Database.Database): string | null {
  for (const { table, column, isNeeded, type } of texts) {
    const isWrong = `CASE WHEN json_valid(${column}) THEN json_type(${column}) NOT IN ('${type}', 'null') ELSE 1 END`;
    const where = isNeeded ? `${column} IS NULL OR ${isWrong}` : `${column} IS NOT NULL AND ${isWrong}`;
    const found = connection.prepare(`SELECT 1 FROM ${table} WHERE ${where} LIMIT 1`).get();
    if (found !== undefined) return `a row of ${table} has no ${type} for its ${column}`;
  }
  return null;
}

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
