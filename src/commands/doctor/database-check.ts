import { readdirSync } from "node:fs";
import { basename } from "node:path";
import type { CommandLineContext } from "../command-line-context.ts";
import type { Finding } from "./finding.ts";

/** Whether a daemon found the database damaged and put it aside: that is told until somebody has cleared it away. */
export function findDatabase({ paths }: CommandLineContext): Finding {
  const begin = `${basename(paths.database)}.damaged-`;
  const kept = entries(paths.home).filter((name) => name.startsWith(begin) && !/-(wal|shm)$/.test(name));
  const newest = kept.sort().at(-1);
  if (newest === undefined) return { state: "ok", says: "none was put aside as damaged" };
  const others = kept.length === 1 ? "" : ` (and ${kept.length - 1} before it)`;
  return {
    state: "warn",
    says: `a damaged one was put aside as ${newest}${others}; missions were rebuilt from their files`,
    fix: "Check the disk. When you need it no more, remove it from the home.",
  };
}

function entries(home: string): readonly string[] {
  try {
    return readdirSync(home);
  } catch {
    // There is no home yet, or it cannot be read: that is told of the home.
    return [];
  }
}
