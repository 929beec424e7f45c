import { existsSync } from "node:fs";
import { fileNamed, usualFile } from "../blueprint/blueprint-file.ts";
import type { CommandLineContext } from "../command-line-context.ts";
import { findConfig } from "./config-check.ts";
import { findDaemon } from "./daemon-check.ts";
import { findDatabase } from "./database-check.ts";
import type { Finding } from "./finding.ts";
import { findHolePunching, findHome, findPrivacy } from "./home-checks.ts";
import { versionOf } from "./programs.ts";
import { findCgroups, findLogin, findMarkers, findSubreaper } from "./supervision-checks.ts";
import { findInotify, findSqlite } from "./system-checks.ts";

export interface Check {
  readonly name: string;
  look(context: CommandLineContext): Promise<Finding> | Finding;
}

const oldestNode = [20, 19] as const;

/** Every check of `doctor`, in the order shown; all run at once. */
export const checks: readonly Check[] = [
  { name: "node", look: findNode },
  { name: "sqlite", look: findSqlite },
  {
    name: "perl",
    look: () =>
      findProgram("perl", {
        args: ["-e", "print $^V"],
        isNeeded: true,
        use: "every process is started through a small perl shim",
      }),
  },
  { name: "git", look: () => findProgram("git", { use: "agents work in repositories" }) },
  {
    name: "tmux",
    look: () => findProgram("tmux", { args: ["-V"], use: "without it run --tty, attach and screen do not work; all else does" }),
  },
  { name: "home", look: findHome },
  { name: "privacy", look: findPrivacy },
  { name: "config", look: findConfig },
  { name: "database", look: findDatabase },
  { name: "daemon", look: findDaemon },
  { name: "log limit", look: findHolePunching },
  { name: "subreaper", look: findSubreaper },
  { name: "marker scan", look: findMarkers },
  { name: "cgroup v2", look: findCgroups },
  { name: "inotify", look: findInotify },
  { name: "login", look: findLogin },
  ...["claude", "codex", "gemini", "opencode"].map((agent) => ({
    name: agent,
    look: (context: CommandLineContext) => findAgent(agent, context),
  })),
];

function findNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  if (isEnough) return { state: "ok", says: process.version };
  return { state: "fail", says: `${process.version} is too old`, fix: `Install Node.js ${oldestNode.join(".")} or newer.` };
}

interface ProgramFacts {
  readonly args?: readonly string[];
  readonly isNeeded?: boolean;
  readonly use: string;
}

async function findProgram(file: string, { args, isNeeded, use }: ProgramFacts): Promise<Finding> {
  const version = await versionOf(file, args);
  if (version !== null) return { state: "ok", says: version };
  return {
    state: isNeeded ? "fail" : "warn",
    says: `not found; ${use}`,
    fix: `Install ${file}, for example: apt install ${file}`,
  };
}

async function findAgent(agent: string, { environment }: CommandLineContext): Promise<Finding> {
  const version = await versionOf(agent);
  if (version !== null) return { state: "ok", says: version };
  const needing = await agentsHereThatRun(agent, environment["PATH"] ?? "");
  if (needing.length === 0) return { state: "ok", says: "not installed (only needed to run it)" };
  return {
    state: "warn",
    says: `not installed; ${usualFile} here needs it for ${needing.join(", ")}`,
    fix: `Install ${agent}, or put its directory on the PATH.`,
  };
}

/** Of the blueprint of this directory, where there is one that holds. */
async function agentsHereThatRun(program: string, path: string): Promise<readonly string[]> {
  if (!existsSync(usualFile)) return [];
  const { missingIn } = await import("../blueprint/blueprint-desk.ts");
  const missing = missingIn(fileNamed(), {}, path);
  return "value" in missing ? missing.value.filter((one) => one.program === program).flatMap(({ agents }) => agents) : [];
}
