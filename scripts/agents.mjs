// Installs the agents that the tests drive, outside the project's dependencies: `node scripts/agents.mjs` prints where
// their programs lie. Where they are there already it does nothing.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const wanted = join(import.meta.dirname, "agents/package.json");
// Only these make their program ready in a script; the others' scripts would compile what no test needs.
const prepared = ["@anthropic-ai/claude-code", "opencode-ai"];
const programs = ["claude", "codex", "gemini", "opencode"];
const dayMs = 86_400_000;

/** The directory of the programs, whether or not they are there yet. It is named after what is to be in it. */
export function agentPrograms() {
  return join(place(), "node_modules/.bin");
}

/**
 * Installs them, unless they are.
 *
 * @returns the directory of their programs
 * @throws Error that says which step failed
 */
export function installAgents() {
  if (!isComplete(place())) install();
  return agentPrograms();
}

function place() {
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}\n`).update(readFileSync(wanted));
  return join(cache(), hash.digest("hex").slice(0, 12));
}

function cache() {
  const given = process.env.XDG_CACHE_HOME;
  return join(given?.startsWith("/") ? given : join(homedir(), ".cache"), "overmind-test-agents");
}

// A directory gets its name only when all is in it.
const isComplete = (directory) => programs.every((name) => existsSync(join(directory, "node_modules/.bin", name)));

function install() {
  const startedAt = performance.now();
  mkdirSync(cache(), { recursive: true });
  removeAbandoned();
  const made = mkdtempSync(join(cache(), ".install-"));
  try {
    say(`installing ${programs.join(", ")} to ${place()} (1.2 GB, once)`);
    copyFileSync(wanted, join(made, "package.json"));
    // A lock would name the programs of every platform, which not every registry has.
    npm(made, "install", "--ignore-scripts", "--no-package-lock");
    npm(made, "rebuild", "--ignore-scripts=false", ...prepared);
    if (!isComplete(made)) throw new Error(`npm installed no ${programs.join(", ")}`);
    takePlace(made);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  say(`installed in ${Math.round((performance.now() - startedAt) / 1000)} s`);
}

/** Who comes second of two that install at once finds the place taken, with the same in it. */
function takePlace(made) {
  try {
    renameSync(made, place());
  } catch {
    if (isComplete(place())) return;
    // Somebody took a part of it away.
    rmSync(place(), { recursive: true, force: true });
    renameSync(made, place());
  }
}

/** What a killed install left, once it is certain that nobody works on it. */
function removeAbandoned() {
  for (const name of readdirSync(cache())) {
    const path = join(cache(), name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (name.startsWith(".install-") && age > dayMs) rmSync(path, { recursive: true, force: true });
  }
}

function npm(directory, ...words) {
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--engine-strict=false"];
  // Whoever calls this may be run by npm, whose own settings are not meant for this.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("npm_") || name === "npm_config_registry"),
  );
  const { status, error } = spawnSync("npm", [...words, ...quiet], { cwd: directory, env, stdio: ["ignore", 2, 2] });
  if (status !== 0)
    throw new Error(`npm ${words[0]} failed in ${basename(directory)}: ${error?.message ?? `exit code ${status}`}`);
}

const say = (text) => process.stderr.write(`agents: ${text}\n`);

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(installAgents());
