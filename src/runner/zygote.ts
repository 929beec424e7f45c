import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { OvermindError } from "../base/errors.ts";
import { LineSplitter } from "../base/lines.ts";
import type { HostIdentity } from "./identity.ts";
import { perlPath } from "./perl-path.ts";
import { loaderText, zygoteText } from "./zygote.perl.ts";

export interface ZygoteOptions {
  readonly home: string;
  readonly facts: string;
  readonly host: HostIdentity;
  /** A zygote stands, the first or one after a death: everything unanswered has to be sent again. */
  readonly onReady: () => void;
  readonly onLine: (line: string) => void;
  /** No zygote can be had; the next request tries again. */
  readonly onFailed: (error: OvermindError) => void;
}

// Enough to save most writes, too few to keep the other processor waiting.
const mostTogether = 8;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** The process that forks shims for the daemon. It is started again when somebody ends it. */
export class Zygote {
  readonly #options: ZygoteOptions;
  #child: Child | null = null;
  #isReady = false;
  #isClosed = false;
  #unsent: Buffer[] = [];

  constructor(options: ZygoteOptions) {
    this.#options = options;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Starts the process; what follows comes through the callbacks. */
  open(): void {
    if (this.#child !== null || this.#isClosed) return;
    const child = launch(this.#options);
    this.#child = child;
    this.#isReady = false;
    let complaint = "";
    let isOver = false;
    const over = (reason: string) => {
      if (isOver) return;
      isOver = true;
      this.#ended(complaint.trim() || reason);
    };
    child.once("error", (error) => over(error.message));
    child.once("exit", (code, signal) => over(`perl ended with ${signal ?? code}`));
    // A zygote that dies takes its pipe along; its exit tells.
    child.stdin.on("error", () => {});
    child.stderr.on("data", (bytes: Buffer) => {
      complaint = `${complaint}${bytes}`.slice(-1000);
    });
    const lines = new LineSplitter();
    child.stdout.on("data", (bytes: Buffer) => {
      for (const line of lines.push(bytes)) this.#take(line.toString());
    });
  }

  /** Sends one request; dropped while no zygote stands, because `onReady` asks for all that is unanswered. */
  send(request: Buffer): void {
    if (!this.#isReady) {
      this.open();
      return;
    }
    // Each write wakes the zygote, which then takes this process's place on the processor.
    if (this.#unsent.push(request) === 1) process.nextTick(() => this.#flush());
    else if (this.#unsent.length >= mostTogether) this.#flush();
  }

  /** Ends the process; the shims live on. */
  close(): void {
    this.#flush();
    this.#isClosed = true;
    this.#isReady = false;
    this.#child?.stdin.end();
  }

  #flush(): void {
    const requests = this.#unsent;
    this.#unsent = [];
    if (this.#isReady && requests.length > 0)
      this.#child?.stdin.write(requests.length === 1 ? requests[0] : Buffer.concat(requests));
  }

  #take(line: string): void {
    if (line === "ready") {
      this.#isReady = true;
      this.#options.onReady();
    } else {
      this.#options.onLine(line);
    }
  }

  #ended(reason: string): void {
    const wasReady = this.#isReady;
    this.#child = null;
    this.#isReady = false;
    if (this.#isClosed) return;
    if (wasReady) {
      this.open();
      return;
    }
    const hint = "Overmind needs perl to start agents; it is part of every Debian and macOS. See: overmind doctor";
    this.#options.onFailed(new OvermindError("internal", `perl cannot be started: ${reason}`, { hint }));
  }
}

/** One request as the zygote reads it. */
export function frameRequest(fields: readonly string[]): Buffer {
  const body = Buffer.from(fields.join("\0"));
  return Buffer.concat([Buffer.from(`${body.length}\n`), body]);
}

function launch({ home, facts, host }: ZygoteOptions): Child {
  const program = Buffer.from(zygoteText);
  const child = spawn(perlPath(), ["-e", loaderText, String(program.length), facts, host.boot, host.namespace, process.arch], {
    // A session of its own: what a terminal sends the daemon's group never reaches it.
    detached: true,
    cwd: "/",
    stdio: ["pipe", "pipe", "pipe"],
    // By this marker every sweep, of whatever home, knows zygotes and shims and leaves them alone.
    // LD_BIND_NOW (ld.so(8)): what the zygote has bound, no shim binds again; an eighth fewer page faults a start.
    env: { OVERMIND_DAEMON: home, PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", LD_BIND_NOW: "1" },
  });
  child.stdin.write(program);
  return child;
}
