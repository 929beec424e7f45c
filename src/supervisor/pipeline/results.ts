import { closeSync, linkSync, mkdirSync, openSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type AttemptPaths, type HomePaths, missionPaths } from "../../base/paths.ts";
import type { Outcome } from "../../blueprint/values.ts";
import { writeWhole } from "./stored.ts";

const tailBytes = 4096;
const newline = 10;

/** What the steps of one pipeline printed, each as a file of its own, which outlives the step's mission. */
export class Results {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Of one attempt of a pipeline. */
  static ofAttempt(paths: AttemptPaths): Results {
    return new Results(`${paths.prefix}results`);
  }

  /** What a pipeline took over from an earlier run: each of its attempts begins with it. */
  static takenBy(home: HomePaths, pipeline: string): Results {
    return new Results(join(missionPaths(home, pipeline).directory, "taken"));
  }

  /** Keeps what an attempt printed, without its last newline. */
  keep(step: string, attempt: AttemptPaths): void {
    const bytes = readOutput(attempt);
    const hasNewline = bytes.at(-1) === newline;
    writeWhole(this.#directory, step, hasNewline ? bytes.subarray(0, -1) : bytes);
  }

  /** Keeps what an agent answered, byte for byte. */
  keepAnswer(step: string, answer: string): void {
    writeWhole(this.#directory, step, Buffer.from(answer));
  }

  /** Forgets all of an attempt that has not begun. */
  clear(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  has(step: string): boolean {
    return statSync(join(this.#directory, step), { throwIfNoEntry: false }) !== undefined;
  }

  /** Takes over what these steps left elsewhere; one that left nothing there is passed over. A result is never written twice, so that a link is enough. */
  takeFrom(other: Results, steps: readonly string[]): void {
    const found = steps.filter((step) => other.has(step) && !this.has(step));
    if (found.length > 0) mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    for (const step of found) linkSync(join(other.#directory, step), join(this.#directory, step));
  }

  /** What an ended step left behind. Files are looked at only when somebody asks for them. */
  outcome(step: string, status: Outcome["status"], exitCode: number | null, port: number | null = null): Outcome {
    const path = join(this.#directory, step);
    const isThere = () => this.has(step);
    return {
      status,
      exitCode,
      port,
      get resultFile() {
        return isThere() ? path : null;
      },
      get result() {
        return isThere() ? readFileSync(path, "utf8") : null;
      },
      get outputTail() {
        return isThere() ? tailOf(path, tailBytes).toString() : "";
      },
    };
  }
}

/** All that is left of an attempt's output: what was dropped from the old end is a hole in the file. */
function readOutput(paths: AttemptPaths): Buffer {
  if (statSync(paths.output, { throwIfNoEntry: false }) === undefined) return Buffer.alloc(0);
  const bytes = readFileSync(paths.output);
  const dropped = statSync(paths.dropped, { throwIfNoEntry: false }) ? Number(readFileSync(paths.dropped, "utf8")) : 0;
  return bytes.subarray(Math.max(0, dropped));
}

/** The last bytes of a file, at most so many. */
export function tailOf(path: string, most: number): Buffer {
  const { size } = statSync(path);
  const from = Math.max(0, size - most);
  const bytes = Buffer.alloc(size - from);
  const file = openSync(path, "r");
  try {
    readSync(file, bytes, 0, bytes.length, from);
  } finally {
    closeSync(file);
  }
  return bytes;
}
