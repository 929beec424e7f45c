import { chmodSync, existsSync, renameSync } from "node:fs";
import Database from "better-sqlite3";
import { OvermindError } from "../base/errors.ts";
import { faultPoint } from "../base/fault-points.ts";
import { damagedRow } from "./integrity.ts";
import { migrations } from "./migrations.ts";

export type Connection = Database.Database;

export interface OpenedDatabase<Tables> {
  readonly connection: Connection;
  readonly tables: Tables;
  /** Where a database that could not be read was put aside; null when all was well. */
  readonly keptAs: string | null;
}

/**
 * Opens the database and brings its schema up to date. One that cannot be read is put aside
 * under another name, never overwritten, and a new one is begun.
 *
 * @param now epoch ms, for the name of what is put aside
 * @param open prepares all statements that it will be asked with
 * @throws OvermindError home_unusable when a newer Overmind wrote it
 */
export function openDatabase<Tables>(
  path: string,
  now: number,
  open: (connection: Connection) => Tables,
): OpenedDatabase<Tables> {
  const connection = new Database(path);
  try {
    const tables = inItsSchema(() => {
      prepare(connection, path);
      return open(connection);
    });
    return { connection, tables, keptAs: null };
  } catch (error) {
    const keptAs = leave(connection, isDamage(error) ? () => putAside(path, now) : () => null);
    if (keptAs === null) throw error;
    return { ...openNew(path, open), keptAs };
  }
}

/** What fails in a new one is no damage. */
function openNew<Tables>(path: string, open: (connection: Connection) => Tables): Omit<OpenedDatabase<Tables>, "keptAs"> {
  const connection = new Database(path);
  try {
    prepare(connection, path);
    return { connection, tables: open(connection) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

// What is put aside is moved while it is open: closed in its place, SQLite would write the log into it and remove the log.
function leave(connection: Connection, move: () => string | null): string | null {
  try {
    return move();
  } finally {
    connection.close();
  }
}

function prepare(connection: Connection, path: string): void {
  chmodSync(path, 0o600);
  const found = knownVersion(connection, path);
  connection.pragma("journal_mode = WAL");
  // A power cut may cost the last transactions, a killed daemon costs none (sqlite.org/pragma.html#pragma_synchronous).
  connection.pragma("synchronous = NORMAL");
  connection.pragma("foreign_keys = ON");
  // The quick check does not compare indexes with their tables, and missions are read by them. It costs 8 ms more for 8 MB.
  const verdict = connection.pragma("integrity_check(1)", { simple: true });
  if (verdict !== "ok") throw new DamageFound(String(verdict));
  migrate(connection, found);
  const damaged = damagedRow(connection);
  if (damaged !== null) throw new DamageFound(damaged);
}

function knownVersion(connection: Connection, path: string): number {
  const found = connection.pragma("user_version", { simple: true }) as number;
  if (found > migrations.length) {
    throw new OvermindError(
      "home_unusable",
      `${path} was written by a newer Overmind (schema ${found}, this one knows ${migrations.length})`,
      {
        details: { path, found, known: migrations.length },
        hint: "Use the newer version, or another OVERMIND_HOME. Nothing was changed.",
      },
    );
  }
  return found;
}

/** @throws DamageFound where the schema is not the one that its number tells: somebody wrote into the file */
function migrate(connection: Connection, found: number): void {
  if (found < 0) throw new DamageFound(`its schema has the number ${found}`);
  connection.transaction(() => {
    for (const step of migrations.slice(found)) connection.exec(step);
    FAULT: faultPoint("amid_migration");
    connection.pragma(`user_version = ${migrations.length}`);
  })();
}

/** What SQLite calls an error fits the schema which a database says it has, but not the one it has: somebody wrote into it. */
function inItsSchema<Made>(make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    throw (error as { code?: string }).code === "SQLITE_ERROR" ? new DamageFound((error as Error).message) : error;
  }
}

function putAside(path: string, now: number): string {
  const stamp = new Date(now).toISOString().replaceAll(/[:.]/g, "-");
  let keptAs = `${path}.damaged-${stamp}`;
  for (let copy = 2; existsSync(keptAs); copy += 1) keptAs = `${path}.damaged-${stamp}-${copy}`;
  for (const suffix of ["", "-wal", "-shm"]) {
    if (existsSync(path + suffix)) renameSync(path + suffix, keptAs + suffix);
  }
  return keptAs;
}

class DamageFound extends Error {}

const isDamage = (error: unknown): boolean =>
  error instanceof DamageFound ||
  ["SQLITE_CORRUPT", "SQLITE_NOTADB"].some((code) => (error as { code?: string }).code?.startsWith(code));
