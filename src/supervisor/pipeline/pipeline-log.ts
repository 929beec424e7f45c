import { appendFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import type { AttemptPaths } from "../../base/paths.ts";
import { encodeRecord } from "../../output/time-index.ts";

/** The lines that a pipeline writes itself. Each once: what a killed daemon had written is not said again. */
export class PipelineLog {
  readonly #paths: AttemptPaths;
  readonly #now: () => number;
  readonly #said: Set<string>;

  /** @param now epoch ms */
  constructor(paths: AttemptPaths, now: () => number) {
    this.#paths = paths;
    this.#now = now;
    mkdirSync(paths.directory, { mode: 0o700, recursive: true });
    this.#said = new Set(statSync(paths.output, { throwIfNoEntry: false }) ? readFileSync(paths.output, "utf8").split("\n") : []);
  }

  say(line: string): void {
    const text = line.replaceAll("\n", " ");
    if (this.#said.has(text)) return;
    this.#said.add(text);
    appendFileSync(this.#paths.output, `${text}\n`, { mode: 0o600 });
    const end = statSync(this.#paths.output).size;
    appendFileSync(this.#paths.times, encodeRecord({ end, time: this.#now(), isApproximate: false }), { mode: 0o600 });
  }
}
