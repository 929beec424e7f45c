import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";

/** How many bytes were dropped from the old end of an output file; 0 when none were. */
export function readDropped(path: string): number {
  // Asked before every block that is read: a stat is far cheaper than a caught ENOENT.
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return 0;
  try {
    const bytes = Number(readFileSync(path, "latin1"));
    return Number.isSafeInteger(bytes) ? bytes : 0;
  } catch {
    return 0;
  }
}

/** Must be written before the bytes go: then a reader that sees none of a hole's NULs can trust what it read. */
export function writeDropped(path: string, bytes: number): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, `${bytes}\n`, { mode: 0o600 });
  renameSync(fresh, path);
}
