import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { type HostIdentity, hasProc, type ProcessIdentity, readStat, signalGroup } from "./identity.ts";

export interface HookRequest {
  /** A shell line, or words that are run without a shell. */
  readonly run: string | readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What it reads on its standard input. */
  readonly input: string;
  readonly timeoutMs: number;
}

export interface HookEnd {
  /** Null: it did what it was to do, and ended with 0. */
  readonly error: string | null;
  /** The last of what it printed. */
  readonly output: string;
}

/** A hook at work. It leads a session of its own, so that it and all of its group can be ended. */
export interface HookProcess {
  /** By which a later daemon knows it again; null where it could not be started. */
  readonly identity: ProcessIdentity | null;
  readonly ended: Promise<HookEnd>;
  /** Asks it to end and kills its group soon after. */
  end(): void;
}

const keptOutput = 2000;
/** A hook that prints without end gets the daemon's ear for no more than this. */
const readAtOnce = 1024 * 1024;
const restMs = 20;
/** For output that is still in the pipe when the hook has ended. */
const drainMs = 100;
const graceMs = 500;

/** Starts a hook. Never throws: what cannot be started has ended with an error. */
export function startHook(request: HookRequest): HookProcess {
  const [program = "", ...words] = typeof request.run === "string" ? ["/bin/sh", "-c", request.run] : request.run;
  let child: ChildProcess;
  try {
    const { cwd, environment: env } = request;
    child = spawn(program, words, { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  } catch (error) {
    return { identity: null, ended: Promise.resolve(notStarted(error as Error)), end: () => {} };
  }
  // A hook that does not read its input is no error.
  child.stdin?.on("error", () => {});
  child.stdin?.end(request.input);
  return { identity: identityOf(child.pid), ended: endOf(child, request.timeoutMs), end: () => endSoftly(child) };
}

/** Kills the group of a hook that a former daemon left at work, if it is still that one. */
export function endFormerHook(text: string, here: HostIdentity): void {
  const former = JSON.parse(text) as ProcessIdentity & HostIdentity;
  if (former.boot === here.boot && former.namespace === here.namespace) signalGroup(former, "SIGKILL");
}

function endOf(child: ChildProcess, timeoutMs: number): Promise<HookEnd> {
  return new Promise((resolve) => {
    let output = "";
    let isLate = false;
    const take = (text: string) => {
      output = (output + text).slice(-keptOutput);
    };
    for (const stream of [child.stdout, child.stderr]) if (stream !== null) readSlowly(stream, take);
    const timer = setTimeout(() => {
      isLate = true;
      killGroup(child, "SIGKILL");
    }, timeoutMs);
    const finish = (error: string | null) => {
      clearTimeout(timer);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({ error, output });
    };
    child.once("error", (error) => finish(notStarted(error).error));
    child.once("exit", (code, signal) => {
      // Whatever it left in its group ends with it.
      killGroup(child, "SIGKILL");
      const error = isLate ? `did not end within ${timeoutMs / 1000}s and was killed` : errorOf(code, signal);
      const drained = setTimeout(() => finish(error), drainMs);
      child.once("close", () => {
        clearTimeout(drained);
        finish(error);
      });
    });
  });
}

function readSlowly(stream: Readable, take: (text: string) => void): void {
  let bytes = 0;
  stream.on("error", () => {});
  stream.on("data", (chunk: Buffer) => {
    take(chunk.subarray(-keptOutput).toString());
    bytes += chunk.length;
    if (bytes < readAtOnce) return;
    bytes = 0;
    stream.pause();
    setTimeout(() => stream.resume(), restMs);
  });
}

function endSoftly(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  killGroup(child, "SIGTERM");
  const timer = setTimeout(() => killGroup(child, "SIGKILL"), graceMs);
  child.once("exit", () => clearTimeout(timer));
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of it is left.
  }
}

function identityOf(pid: number | undefined): ProcessIdentity | null {
  if (pid === undefined || !hasProc) return null;
  try {
    const stat = readStat(pid);
    return stat && { pid, start: stat.start };
  } catch {
    return null;
  }
}

function errorOf(code: number | null, signal: NodeJS.Signals | null): string | null {
  if (signal !== null) return `was ended by ${signal}`;
  return code === 0 ? null : `exit code ${code}`;
}

const notStarted = (error: Error): HookEnd => ({ error: `cannot be run: ${error.message}`, output: "" });
