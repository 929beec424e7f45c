import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { Finding } from "./finding.ts";
import { tryProgram } from "./programs.ts";

/** Loads the database in a process of its own: a broken native module may end the process that loads it. */
export async function findSqlite(): Promise<Finding> {
  const program = "const D=require(process.argv[1]);console.log(new D(':memory:').prepare('select sqlite_version() v').get().v)";
  const module = createRequire(import.meta.url).resolve("better-sqlite3");
  const { code, output } = await tryProgram(process.execPath, ["-e", program, dirname(dirname(module))]);
  if (code === 0) return { state: "ok", says: `SQLite ${output}` };
  return {
    state: "fail",
    says: `better-sqlite3 does not load: ${output.split("\n").find((line) => line.includes("Error")) ?? "unknown error"}`,
    fix: "Run: npm rebuild better-sqlite3 (needs python3, make and a C++ compiler)",
  };
}

export function findInotify(): Finding {
  const limit = numberIn("/proc/sys/fs/inotify/max_user_instances");
  const watches = numberIn("/proc/sys/fs/inotify/max_user_watches");
  if (limit === null || watches === null) return { state: "ok", says: "not used on this system" };
  const says = `${limit} instances, ${watches} watches`;
  if (limit >= 64 && watches >= 8192) return { state: "ok", says };
  return {
    state: "warn",
    says: `${says}; followers fall back to looking`,
    fix: "sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=65536",
  };
}

function textIn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function numberIn(path: string): number | null {
  const text = textIn(path).trim();
  return text === "" ? null : Number(text);
}
