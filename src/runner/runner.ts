import { mkdirSync } from "node:fs";
import type { Clock, Timer } from "../base/clock.ts";
import type { OvermindError } from "../base/errors.ts";
import type { AttemptPaths, HomePaths, MissionPaths } from "../base/paths.ts";
import { isShortage } from "../base/shortage.ts";
import { Attempt } from "./attempt.ts";
import type { AttemptFact, AttemptListener } from "./attempt-fact.ts";
import { readClaim, readExit } from "./attempt-files.ts";
import { Cgroups } from "./cgroups.ts";
import { parseFact } from "./facts.ts";
import { FactsChannel } from "./facts-channel.ts";
import { HolePuncher } from "./hole-puncher.ts";
import { type HostIdentity, hostIdentity } from "./identity.ts";
import type { RunnerLog } from "./log.ts";
import { ProcessForest } from "./process-tree.ts";
import { readUsage } from "./process-usage.ts";
import { type ProcessWorld, systemProcesses } from "./process-world.ts";
import { frameStart, type StartRequest } from "./start-request.ts";
import { defaultKeepNames } from "./sweep.ts";
import type { Terminal } from "./terminal.ts";
import { Terminals, toldWhenRecorded } from "./terminals.ts";
import { measureTrees, type TreeUsage } from "./tree-usage.ts";
import { Zygote } from "./zygote.ts";

export interface RunnerOptions {
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly log: RunnerLog;
  /** Called around the facts that arrive at once, so that whoever listens can store them together. */
  readonly gather?: (work: () => void) => void;
  /** Programs that a sweep lists and does not end. */
  readonly keepNames?: readonly string[];
  readonly processes?: ProcessWorld;
  readonly host?: HostIdentity;
  /** Null: the kernel is not asked to keep memory limits. By default it is, where it can. */
  readonly cgroups?: Cgroups | null;
}

export interface AdoptRequest {
  readonly mission: string;
  readonly attempt: number;
  readonly paths: MissionPaths;
  readonly hasTerminal: boolean;
}

/**
 * Why an attempt cannot be taken up. `unclaimed`: it never began (claim it before saying so, a shim
 * may be late). `gone`: it did not outlive the last boot, or recovery claimed it. `foreign`: its
 * pids belong to another pid namespace, so nothing can be known and nothing may be done.
 */
export type NotAdopted = "unclaimed" | "gone" | "foreign";

// Seldom: of a shim of its own the zygote tells at once, so only one of a former daemon waits for this.
const lookEveryMs = 2500;
// Each attempt is looked at thoroughly once in so many looks.
const thoroughEvery = 6;
// By then whoever takes up former attempts has done so.
const collectAfterMs = 10_000;

/** Owns the operating-system side of every attempt of one home. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #host: HostIdentity;
  readonly #processes: ProcessWorld;
  readonly #cgroups: Cgroups | null;
  readonly #zygote: Zygote;
  readonly #holes: HolePuncher;
  readonly terminals: Terminals;
  readonly #attempts = new Map<string, Attempt>();
  #facts: FactsChannel | null = null;
  #ready: { resolve: () => void; reject: (error: unknown) => void } | null = null;
  #timer: Timer | null = null;
  #collecting: Timer | null = null;
  #looks = 0;
  #isClosed = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#host = options.host ?? hostIdentity();
    this.#processes = options.processes ?? systemProcesses();
    this.#cgroups = options.cgroups === undefined ? Cgroups.open() : options.cgroups;
    this.terminals = new Terminals(options);
    this.#zygote = new Zygote({
      home: options.paths.home,
      facts: options.paths.facts,
      host: this.#host,
      onReady: () => this.#zygoteReady(),
      onLine: (line) => {
        if (!this.#holes.take(line)) this.#takeFact(line);
      },
      onFailed: (error) => this.#zygoteFailed(error),
    });
    this.#holes = new HolePuncher((request) => this.#zygote.send(request));
  }

  /** Pid of the process that forks shims, or null while there is none. */
  get zygotePid(): number | null {
    return this.#zygote.pid;
  }

  /**
   * Starts the zygote and listens to shims. To be done before anybody reads an attempt's files, so
   * that no end falls between look and listening.
   *
   * @throws OvermindError internal when perl cannot be started
   */
  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#ready = { resolve, reject };
      this.#zygote.open();
    });
    const onError = (error: Error) =>
      this.#options.log.warn({ err: error }, "the facts of shims cannot be read; files tell instead, later");
    this.#collecting = this.#cgroups && this.#options.clock.after(collectAfterMs, () => this.#cgroups?.collect());
    this.#facts = new FactsChannel(this.#options.paths.facts, (lines) => this.#takeFacts(lines), onError);
  }

  /** Lets go of everything; agents and their shims live on. */
  close(): void {
    this.#isClosed = true;
    this.#zygote.close();
    this.#facts?.close();
    this.#timer?.cancel();
    this.#collecting?.cancel();
    for (const attempt of this.#attempts.values()) attempt.detach();
    this.#holes.close();
    this.#attempts.clear();
  }

  /**
   * Starts an attempt. What happens comes to the listener, never before this returns.
   *
   * @throws OvermindError invalid_argument when a word holds a NUL, which no command line can
   */
  start(request: StartRequest, listener: AttemptListener): Attempt {
    const { mission, attempt: number } = request;
    const paths = request.paths.attempt(number);
    const group = request.memoryMax ? (this.#cgroups?.make(mission, number, request.memoryMax) ?? null) : null;
    const frame = frameStart(request, { group: group?.path ?? null, terminal: null });
    const terminal = request.terminal === null ? null : this.terminals.add({ mission, attempt: number, paths });
    const heard = this.#listenerOf(listener, terminal);
    const key = { mission, attempt: number, paths, group, terminal };
    const attempt = new Attempt(this.#owner, key, heard, terminal === null ? frame : "later");
    this.#keep(attempt);
    this.#begin(attempt, request, paths).catch((error) => attempt.take(this.#failure(error)));
    return attempt;
  }

  /**
   * Takes up an attempt of a former daemon: `started` is told when it still runs, then its end when
   * it has ended meanwhile. Nothing is told before this returns.
   */
  adopt(request: AdoptRequest, listener: AttemptListener): Attempt | NotAdopted {
    const paths = request.paths.attempt(request.attempt);
    const claim = readClaim(paths);
    if (claim === null) return "unclaimed";
    const isHere = claim.host?.boot === this.#host.boot && claim.host.namespace === this.#host.namespace;
    if (!isHere && readExit(paths) === null) return claim.host?.boot === this.#host.boot ? "foreign" : "gone";
    const key = { mission: request.mission, attempt: request.attempt, paths };
    const group = isHere ? (this.#cgroups?.find(key.mission, key.attempt) ?? null) : null;
    const terminal = request.hasTerminal ? this.terminals.adopt(key) : null;
    const attempt = new Attempt(this.#owner, { ...key, group, terminal }, this.#listenerOf(listener, terminal), null);
    this.#keep(attempt);
    queueMicrotask(() => attempt.adopt(isHere ? readClaim(paths) : null));
    return attempt;
  }

  /**
   * Gives the first `length` bytes of a file back to the disk; its size and offsets stay. False
   * where the system or the file system cannot.
   */
  punchHole(path: string, length: number): Promise<boolean> {
    return this.#holes.punch(path, length);
  }

  /** What the trees of these attempts use now; one look at the machine for all. */
  async measure(attempts: readonly Attempt[]): Promise<Map<Attempt, TreeUsage>> {
    return measureTrees(attempts, new ProcessForest(await this.#processes.table(), this.#processes), readUsage);
  }

  get #owner() {
    const { paths, clock, keepNames } = this.#options;
    return {
      home: paths.home,
      clock,
      processes: this.#processes,
      keepNames: keepNames ?? defaultKeepNames,
      forget: (attempt: Attempt) => this.#forget(attempt),
      tell: (listener: AttemptListener, fact: AttemptFact) => this.#tell(listener, fact),
    };
  }

  /** Sends the request to start; of an agent with a terminal as soon as that is open. */
  async #begin(attempt: Attempt, request: StartRequest, paths: AttemptPaths): Promise<void> {
    if (paths.former !== null) makeDirectory(paths.directory);
    if (attempt.terminal !== null && request.terminal !== null) {
      const terminal = await this.terminals.open(attempt.terminal, request.terminal);
      attempt.requests(frameStart(request, { group: attempt.group?.path ?? null, terminal }));
    }
    if (attempt.unanswered !== null && !this.#isClosed) this.#zygote.send(attempt.unanswered);
  }

  #listenerOf(listener: AttemptListener, terminal: Terminal | null): AttemptListener {
    return terminal === null ? listener : toldWhenRecorded(terminal, (fact) => this.#tell(listener, fact));
  }

  #keep(attempt: Attempt): void {
    this.#attempts.set(keyOf(attempt.mission, attempt.number), attempt);
    this.#timer ??= this.#options.clock.after(lookEveryMs, () => this.#look());
  }

  #forget(attempt: Attempt): void {
    const key = keyOf(attempt.mission, attempt.number);
    if (this.#attempts.get(key) === attempt) this.#attempts.delete(key);
    if (attempt.group !== null) this.#cgroups?.drop(attempt.group);
  }

  #tell(listener: AttemptListener, fact: AttemptFact): void {
    if (this.#isClosed) return;
    try {
      listener(fact);
    } catch (error) {
      this.#options.log.warn({ err: error, fact: fact.type }, "the listener of an attempt failed");
    }
  }

  #takeFacts(lines: Iterable<Buffer>): void {
    const take = () => {
      for (const line of lines) this.#takeFact(line.toString());
    };
    if (this.#options.gather) this.#options.gather(take);
    else take();
  }

  #takeFact(line: string): void {
    if (line.startsWith("recorded ")) this.terminals.recorded(line.slice("recorded ".length));
    const addressed = parseFact(line, this.#options.clock.now());
    if (addressed !== null) this.#attempts.get(keyOf(addressed.mission, addressed.attempt))?.take(addressed.fact);
  }

  #zygoteReady(): void {
    this.#ready?.resolve();
    this.#ready = null;
    for (const { unanswered } of this.#attempts.values()) if (unanswered !== null) this.#zygote.send(unanswered);
    this.#holes.sendAgain();
  }

  #zygoteFailed(error: OvermindError): void {
    this.#ready?.reject(error);
    this.#ready = null;
    this.#options.log.warn({ err: error }, "no process can be started");
    for (const attempt of [...this.#attempts.values()]) if (attempt.unanswered !== null) attempt.take(this.#failure(error));
    this.#holes.giveUp();
  }

  #failure(error: unknown) {
    const message = error instanceof Error ? error.message : String(error);
    return { type: "spawn_error", code: 126, message, endedAt: this.#options.clock.now() } as const;
  }

  /** The safety net under the facts: a shim that somebody killed, or that could not make itself heard. */
  #look(): void {
    this.#looks += 1;
    let position = 0;
    for (const attempt of [...this.#attempts.values()]) {
      lookAt(attempt, position % thoroughEvery === this.#looks % thoroughEvery);
      position += 1;
    }
    this.#timer = this.#attempts.size === 0 ? null : this.#options.clock.after(lookEveryMs, () => this.#look());
  }
}

/** What cannot be read for want of descriptors is asked for again the next time. */
function lookAt(attempt: Attempt, isThorough: boolean): void {
  try {
    attempt.look(isThorough);
  } catch (error) {
    if (!isShortage(error)) throw error;
  }
}

// Not recursive: what removed the mission's files must not find them again.
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

const keyOf = (mission: string, attempt: number): string => `${mission} ${attempt}`;
