import { readdirSync } from "node:fs";

/**
 * Whether others write into a directory that holds other things than a home: who says OVERMIND_HOME=/tmp must not
 * lock everybody out by what makes a home its owner's alone.
 *
 * @param mode of the directory, as stat(2) tells it
 */
export function isForeignDirectory(path: string, mode: number): boolean {
  if ((mode & 0o022) === 0) return false;
  const entries = readdirSync(path);
  return entries.length > 0 && !entries.some((entry) => ours.has(entry));
}

/** What a home holds before its first daemon, or after any. */
const ours: ReadonlySet<string> = new Set(["overmind.db", "overmind.lock", "overmind.sock", "config.toml"]);
