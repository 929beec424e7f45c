import { accessSync, chmodSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { OvermindError } from "../base/errors.ts";
import { isForeignDirectory } from "../base/foreign-directory.ts";

/**
 * Makes the home for its owner alone (0700); one that others may enter is tightened, but
 * never one that others write into for something else: who says OVERMIND_HOME=/tmp must not lock everybody out.
 *
 * @throws OvermindError home_unusable, or disk_full, naming the path and what is expected of it
 */
export function prepareHome(home: string): void {
  try {
    makeDirectories(home);
    const { mode, uid } = statSync(home);
    const me = process.getuid?.() ?? uid;
    if (uid !== me && me !== 0) throw homeUnusable(home, `it belongs to user ${uid}, and this is user ${me}`);
    if ((mode & 0o077) !== 0) tighten(home, mode);
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (thrown) {
    throw homeError(home, thrown);
  }
}

function tighten(home: string, mode: number): void {
  if (isForeignDirectory(home, mode))
    throw homeUnusable(home, "others write into it, and it holds other things; name a directory of its own");
  chmodSync(home, 0o700);
}

// Not `recursive`: where a file system makes no directories, as /proc, Node 20 would try for ever.
function makeDirectories(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectories(parent);
  mkdirSync(path, { mode: 0o700 });
}

/** Whatever went wrong with a path of the home, as what the person can act on. */
export function homeError(path: string, thrown: unknown): OvermindError {
  if (thrown instanceof OvermindError) return thrown;
  const { code = "", message } = thrown as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "SQLITE_FULL") {
    return new OvermindError("disk_full", `no space left on the disk that holds ${path}`, {
      cause: thrown,
      hint: "Free some space, or set OVERMIND_HOME to a directory on another disk.",
    });
  }
  if (code === "ERR_DLOPEN_FAILED" || message.includes("NODE_MODULE_VERSION")) {
    return new OvermindError("internal", `better-sqlite3 was built for another Node than ${process.version}`, {
      cause: thrown,
      hint: "Build it for this one with: npm rebuild better-sqlite3",
    });
  }
  return homeUnusable(path, reasons[code] ?? message, thrown);
}

export function homeUnusable(path: string, why: string, cause?: unknown): OvermindError {
  return new OvermindError("home_unusable", `${path} cannot be used: ${why}`, {
    cause,
    details: { path },
    hint: "OVERMIND_HOME must be a directory that you own and can write to.",
  });
}

const reasons: Record<string, string> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  EEXIST: "it is not a directory",
  ENOENT: "it cannot be made there",
  ENOTDIR: "a part of the path is not a directory",
  ENAMETOOLONG: "the path is too long",
  SQLITE_CANTOPEN: "it cannot be opened for writing",
  SQLITE_READONLY: "it cannot be written",
  SQLITE_NOTADB: "another program wrote to it; move it away",
  SQLITE_IOERR: "reading or writing failed",
};
