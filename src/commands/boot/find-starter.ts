import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { CommandLineContext } from "../command-line-context.ts";
import { launchd } from "./launchd.ts";
import type { Starter } from "./starter.ts";
import { systemd } from "./systemd.ts";

/** What starts programs on this system; null where that is neither systemd nor launchd. */
export function findStarter({ paths, environment }: Pick<CommandLineContext, "paths" | "environment">): Starter | null {
  const facts = {
    node: process.execPath,
    program: resolve(process.argv[1] ?? "overmind"),
    home: paths.home,
    path: environment["PATH"] || "/usr/local/bin:/usr/bin:/bin",
  };
  const suffix = suffixOf(paths.home);
  if (process.platform === "darwin") return launchd(facts, suffix, join(homedir(), "Library/LaunchAgents"));
  if (process.platform !== "linux") return null;
  return systemd(facts, suffix, join(environment["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "systemd/user"));
}

/** Nothing for the usual home; another has a unit of its own beside that one. */
function suffixOf(home: string): string {
  if (home === join(homedir(), ".overmind")) return "";
  return `-${createHash("sha256").update(home).digest("hex").slice(0, 8)}`;
}
