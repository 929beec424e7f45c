import { spawn } from "node:child_process";
import { existsSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { daemonNodeOptions } from "../base/daemon-node.ts";
import { OvermindError } from "../base/errors.ts";
import type { HomePaths } from "../base/paths.ts";
import type { StartReport } from "../protocol/start-report.ts";
import { errorFromWire } from "../protocol/wire-error.ts";
import { type Dialled, dial } from "./dial.ts";
import { isConnectionLost, isNotRunning, isShuttingDown } from "./failures.ts";

const daemonProgram = join("dist", "daemon.cjs");
/** Milliseconds in which a daemon must come up, or another starter's must answer. */
const startMs = 15_000;
/** Milliseconds that a winner of the start race is waited for before the race is run again. */
const winnerMs = 3000;

export interface StartOptions {
  readonly signal?: AbortSignal | undefined;
  /** The daemon's program; found beside this package's bundles unless given. */
  readonly entry?: string | undefined;
  /** More arguments for it. */
  readonly args?: readonly string[];
  /** Told what a daemon that was started here says though it runs. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/**
 * Starts the home's daemon in a session of its own and connects to it. Of many starters at once one
 * wins the home's lock; the others connect to the winner's daemon.
 *
 * @throws OvermindError with the reason that the daemon gave, or unreachable
 */
export async function startAndDial(paths: HomePaths, options: StartOptions = {}): Promise<Dialled> {
  const deadline = performance.now() + startMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const report = await spawnDaemon(paths, options);
    if ("error" in report && report.code !== "already_running") throw errorFromWire(report);
    if ("ready" in report && report.warning !== undefined) options.onWarning?.(report.warning);
    const dialled = await dialUntil(paths, Math.min(deadline, performance.now() + winnerMs), options.signal);
    if (dialled) return dialled;
    if (performance.now() > deadline) throw noDaemon(paths);
  }
}

/** Connects as soon as somebody answers, without starting anything; null when the time has passed (`performance.now()`). */
export async function dialUntil(paths: HomePaths, deadline: number, signal?: AbortSignal): Promise<Dialled | null> {
  for (;;) {
    const changed = new AbortController();
    // Watched from before the look, so that a socket which appears in between is not missed.
    const change = homeChange(paths.home, changed.signal, 100);
    try {
      return await dial(paths, { signal });
    } catch (error) {
      if (!isNotRunning(error) && !isConnectionLost(error) && !isShuttingDown(error)) throw error;
      if (performance.now() > deadline) return null;
      await change;
    } finally {
      changed.abort();
    }
  }
}

function spawnDaemon(paths: HomePaths, { entry = daemonEntry(), args = [] }: StartOptions): Promise<StartReport> {
  const child = spawn(process.execPath, [...daemonNodeOptions, entry, "--ready-fd", "3", ...args], {
    detached: true,
    cwd: currentDirectory(),
    env: daemonEnvironment(paths.home),
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  child.unref();
  const pipe = child.stdio[3] as Readable;
  return new Promise((resolve, reject) => {
    let text = "";
    child.once("error", (cause) =>
      reject(new OvermindError("unreachable", `the daemon cannot be started: ${cause.message}`, { cause })),
    );
    const giveUp = setTimeout(() => {
      pipe.destroy();
      // It is ours, and nobody would ever know of it.
      child.kill("SIGKILL");
      reject(noDaemon(paths));
    }, startMs);
    pipe.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      if (text.includes("\n")) pipe.destroy();
    });
    pipe.once("close", () => {
      clearTimeout(giveUp);
      resolve(readReport(text, paths));
    });
    pipe.once("error", () => pipe.destroy());
  });
}

function readReport(text: string, paths: HomePaths): StartReport {
  if (text.includes("\n")) return JSON.parse(text) as StartReport;
  return { error: "the daemon ended before it was ready", code: "unreachable", hint: `See ${paths.log}` };
}

function noDaemon(paths: HomePaths): OvermindError {
  return new OvermindError("unreachable", `no daemon answered within ${startMs / 1000} s`, { hint: `See ${paths.log}` });
}

// The directory and environment stand for missions whose client sends none. The marker tells
// sweeps, of any home, that this process is a daemon and no leftover.
function daemonEnvironment(home: string): NodeJS.ProcessEnv {
  const { OVERMIND_MISSION_ID: _, OVERMIND_MISSION_NAME: __, OVERMIND_ATTEMPT: ___, ...rest } = process.env;
  return { OVERMIND_DAEMON: home, ...rest, OVERMIND_HOME: home };
}

function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

/** Beside the directory of the bundle; two above the sources. */
function daemonEntry(): string {
  const here = typeof __dirname === "string" ? __dirname : dirname(fileURLToPath(import.meta.url));
  const roots = [join(here, ".."), join(here, "..", "..")];
  const root = roots.find((place) => existsSync(join(place, daemonProgram)));
  if (root === undefined)
    throw new OvermindError("unreachable", `the daemon's program is missing: ${join(here, "..", daemonProgram)}`, {
      hint: "Build it with: npm run build",
    });
  return join(root, "bin", "daemon.js");
}

/** Resolves when something in the home changes, after `ms` at the latest. */
function homeChange(home: string, signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    try {
      watch(home, { signal }, () => resolve()).on("error", () => {});
    } catch {
      // The home is not there yet, or nothing more can be watched: the timer does.
    }
  });
}
