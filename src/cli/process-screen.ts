import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { OvermindError } from "../base/errors.ts";
import type { Screen } from "../commands/command-line-context.ts";
import { onceReaderIsGone } from "./reader-watch.ts";

// A pipe takes this much at once when it is empty (pipe(7)); more goes through the stream, which waits.
const fitsPipe = 64 * 1024;

/**
 * This process's stdout and stderr. Short data is written at once, without the cost of setting up
 * Node's streams; long data, and what a full pipe refuses, waits for the reader.
 */
export class ProcessScreen implements Screen {
  readonly isTerminal: boolean;
  readonly #environment: NodeJS.ProcessEnv;
  #usesStream = false;
  #farewell: (() => string) | undefined;

  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
    this.isTerminal = isatty(1);
  }

  get columns(): number | null {
    return this.isTerminal ? process.stdout.columns || Number(this.#environment["COLUMNS"]) || 80 : null;
  }

  get hasColor(): boolean {
    return this.isTerminal && !this.#environment["NO_COLOR"] && this.#environment["TERM"] !== "dumb";
  }

  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    const written = this.#usesStream || bytes.length > fitsPipe ? 0 : this.#writeNow(bytes);
    if (written < bytes.length) await this.#writeThroughStream(bytes.subarray(written));
  }

  line(text: string): Promise<void> {
    return this.write(`${text}\n`);
  }

  say(text: string): void {
    try {
      writeSync(2, `${text}\n`);
    } catch {
      // Nobody can be told.
    }
  }

  waiting(text: string): () => void {
    if (!isatty(2)) return () => {};
    const began = performance.now();
    const show = () =>
      writeSync(2, `\r\u001b[2m${text.slice(0, 60)} … ${Math.round((performance.now() - began) / 1000)}s\u001b[0m\u001b[K`);
    let isShown = false;
    const timer = setInterval(() => {
      isShown = true;
      show();
    }, 1000);
    return () => {
      clearInterval(timer);
      if (isShown) writeSync(2, "\r\u001b[K");
      isShown = false;
    };
  }

  endWithReader(farewell?: () => string): void {
    this.#farewell = farewell;
    onceReaderIsGone(() => this.#leave());
  }

  /** A reader that has seen enough (`| head`) is no error. */
  #leave(): never {
    if (this.#farewell !== undefined) this.say(this.#farewell());
    process.exit(0);
  }

  /** Writes what goes at once and answers how much that was. */
  #writeNow(bytes: Uint8Array): number {
    try {
      return writeSync(1, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
      throw this.#leaveOnBrokenPipe(error as NodeJS.ErrnoException);
    }
  }

  #leaveOnBrokenPipe(error: NodeJS.ErrnoException): Error {
    if (error.code === "EPIPE") this.#leave();
    return outputError(error);
  }

  #writeThroughStream(bytes: Uint8Array): Promise<void> {
    if (!this.#usesStream) process.stdout.on("error", (error: NodeJS.ErrnoException) => this.#leaveOnBrokenPipe(error));
    this.#usesStream = true;
    return new Promise((resolve, reject) =>
      process.stdout.write(bytes, (error) => (error ? reject(outputError(error)) : resolve())),
    );
  }
}

/** A full disk is not the home's here: it is that of the output. */
function outputError(error: NodeJS.ErrnoException): Error {
  if (error.code !== "ENOSPC" && error.code !== "EDQUOT") return error;
  return new OvermindError("disk_full", "standard output cannot be written: its disk is full", { cause: error });
}
