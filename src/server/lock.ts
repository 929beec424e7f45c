import { statSync } from "node:fs";
import Database from "better-sqlite3";
import { OvermindError } from "../base/errors.ts";
import { homeError } from "./home.ts";

// A database that nobody refers to is collected, closed, and its lock gone with it.
const held = new Set<HomeLock>();

/**
 * The one daemon of a home: an exclusive transaction on a small SQLite file, which the operating
 * system ends with its holder, however that dies. POSIX record locks go when the process closes ANY
 * descriptor of the file (fcntl(2)), so nothing else may open, read, copy or unlink it.
 */
export class HomeLock {
  readonly #path: string;
  readonly #database: Database.Database;
  readonly #inode: string;

  /** @throws OvermindError already_running, home_unusable, disk_full */
  constructor(path: string) {
    this.#path = path;
    this.#database = holdExclusively(path);
    this.#inode = inodeOf(path) ?? "";
    held.add(this);
  }

  /** Whether the path still names the file that is locked: if not, a second daemon could get in. */
  get isOurs(): boolean {
    return inodeOf(this.#path) === this.#inode;
  }

  release(): void {
    held.delete(this);
    this.#database.close();
  }
}

/** Device and inode of what lies at `path`; null when nothing does. Looks without opening. */
export function inodeOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}` : null;
}

function holdExclusively(path: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { timeout: 0 });
    // Nothing is ever written, so no journal has to lie beside it.
    database.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
    return database;
  } catch (thrown) {
    database?.close();
    if (!isBusy(thrown)) throw homeError(path, thrown);
    throw new OvermindError("already_running", "another daemon holds this home", { details: { lock: path } });
  }
}

function isBusy(thrown: unknown): boolean {
  const code = (thrown as { code?: string }).code ?? "";
  return code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED");
}
