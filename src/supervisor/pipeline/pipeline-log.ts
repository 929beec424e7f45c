import { appendFileSync, closeSync, constants, mkdirSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import type { AttemptPaths } from "../../base/paths.ts";
import { isShortage } from "../../base/shortage.ts";
import { encodeRecord, recordBytes } from "../../output/time-index.ts";

/**
 * The lines that a pipeline writes itself. Each once: what a killed daemon had written is not said again.
 * A line for which there is no room waits for the next one, or for `flush`.
 */
export class PipelineLog {
  readonly #paths: AttemptPaths;
  readonly #now: () => number;
  readonly #said: Set<string>;
  readonly #waiting: Buffer[] = [];

  /** @param now epoch ms */
  constructor(paths: AttemptPaths, now: () => number) {
    this.#paths = paths;
    this.#now = now;
    mkdirSync(paths.directory, { mode: 0o700, recursive: true });
    const former = sizeOf(paths.output) > 0 ? readFileSync(paths.output, "utf8") : "";
    this.#said = new Set(former.split("\n"));
    // A daemon was killed amid a line, as the disk was full.
    if (former !== "" && !former.endsWith("\n")) this.#waiting.push(Buffer.from("\n"));
  }

  say(line: string): void {
    const text = line.replaceAll("\n", " ");
    if (this.#said.has(text)) return;
    this.#said.add(text);
    this.#waiting.push(Buffer.from(`${text}\n`));
    try {
      this.flush();
    } catch (error) {
      if (!isShortage(error)) throw error;
    }
  }

  /** Writes what waits. @throws what keeps it from being written */
  flush(): void {
    for (let bytes = this.#waiting[0]; bytes !== undefined; bytes = this.#waiting[0]) {
      this.#append(bytes);
      this.#waiting.shift();
    }
  }

  #append(bytes: Buffer): void {
    const { output } = this.#paths;
    const begin = sizeOf(output);
    try {
      appendFileSync(output, bytes, { mode: 0o600 });
    } catch (error) {
      // Who follows may have read what of it fitted: only the rest is written later.
      this.#waiting[0] = bytes.subarray(sizeOf(output) - begin);
      throw error;
    }
    this.#noteTime(begin + bytes.length);
  }

  /** At the place of a whole record, so that one that was cut off on a full disk is written over. */
  #noteTime(end: number): void {
    const { times } = this.#paths;
    try {
      const at = Math.floor(sizeOf(times) / recordBytes) * recordBytes;
      const file = openSync(times, constants.O_WRONLY | constants.O_CREAT, 0o600);
      try {
        writeSync(file, encodeRecord({ end, time: this.#now(), isApproximate: false }), at);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      // The next line's record covers this one too.
      if (!isShortage(error)) throw error;
    }
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
