import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { until } from "./until.ts";

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

export interface SpawnOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Written to stdin, which is then closed; without it stdin is /dev/null. */
  readonly input?: string | Buffer;
  /** Keep stdin open for `child.stdin`. */
  readonly openInput?: boolean;
  readonly timeoutMs?: number;
}

/** A program that has been started; what it says is collected while it runs. */
export class Spawned {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  readonly #out: Buffer[] = [];
  readonly #err: Buffer[] = [];

  constructor(program: string, args: readonly string[], options: SpawnOptions = {}) {
    const input = options.input !== undefined || options.openInput === true ? "pipe" : "ignore";
    const stdio: StdioOptions = [input, "pipe", "pipe"];
    this.child = spawn(program, args, { stdio, env: options.env, cwd: options.cwd });
    this.child.stdout?.on("data", (bytes: Buffer) => this.#out.push(bytes));
    this.child.stderr?.on("data", (bytes: Buffer) => this.#err.push(bytes));
    // A program that ends without reading its input is no error of the test.
    this.child.stdin?.on("error", () => {});
    if (options.input !== undefined) this.child.stdin?.end(options.input);
    this.finished = this.#finish(program, args, options.timeoutMs ?? 50_000);
  }

  get stdout(): string {
    return Buffer.concat(this.#out).toString();
  }

  get stderr(): string {
    return Buffer.concat(this.#err).toString();
  }

  /** Waits until stdout contains `text`. */
  async says(text: string): Promise<void> {
    await until(`'${text}' on stdout`, () => this.stdout.includes(text), {
      seen: () => [this.stdout.slice(-500), this.stderr.slice(-500)],
    });
  }

  #finish(program: string, args: readonly string[], timeoutMs: number): Promise<Finished> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.child.kill("SIGKILL");
        reject(
          new Error(
            `${program} ${args.join(" ")} did not end in ${timeoutMs} ms; it said: ${this.stdout.slice(-500)} ${this.stderr.slice(-500)}`,
          ),
        );
      }, timeoutMs);
      this.child.once("error", (error) => {
        clearTimeout(late);
        reject(error);
      });
      this.child.once("close", (code, signal) => {
        clearTimeout(late);
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr, bytes: Buffer.concat(this.#out) });
      });
    });
  }
}
