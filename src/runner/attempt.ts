import type { AttemptPaths } from "../base/paths.ts";
import { Alarm } from "./alarm.ts";
import type { AttemptFact, AttemptListener } from "./attempt-fact.ts";
import { type Claim, glimpseClaim, readClaim, readExit } from "./attempt-files.ts";
import type { AttemptGroup } from "./attempt-group.ts";
import type { AttemptKey, AttemptOwner } from "./attempt-owner.ts";
import type { ShimFact } from "./facts.ts";
import type { SweepSubject } from "./find-leftovers.ts";
import { hasPid, isRunning, type ProcessIdentity, signalGroup, signalProcess } from "./identity.ts";
import { StdinWriter } from "./stdin-writer.ts";
import { StoppedTree } from "./stopped-tree.ts";
import { type SweepOptions, type SweptProcess, sweep } from "./sweep.ts";
import type { Terminal } from "./terminal.ts";

/** One run of a mission's process, from the request to start it until nothing of it is left. */
export class Attempt {
  readonly mission: string;
  readonly number: number;
  /** The cgroup of its processes; null where they have none of their own. */
  readonly group: AttemptGroup | null;
  /** The agent's terminal; null where it has none. */
  readonly terminal: Terminal | null;
  readonly #paths: AttemptPaths;
  readonly #owner: AttemptOwner;
  readonly #listener: AttemptListener;
  readonly #isAdopted: boolean;
  readonly #stdin: StdinWriter;
  readonly #tree: StoppedTree;
  readonly #awaited: NodeJS.Signals[] = [];
  readonly #begun: Alarm;
  readonly #alarm: Alarm;
  /** The request to start, until something is heard of it. */
  #request: Buffer | null;
  #shim: ProcessIdentity | null = null;
  #agent: ProcessIdentity | null = null;
  #isStarted = false;
  #isEnded = false;
  #isLost = false;
  #isEmpty = false;
  /** The files come from another boot or pid namespace: their pids are nobody's here. */
  #isForeign = false;
  /** This daemon knows that the agent ran, so that its session number is still its own. */
  #isAgentSeen: boolean;
  #isHurried = false;
  /** Another daemon began it, or it was there at a former look: what began since has a fact on its way. */
  #isOld: boolean;

  /** @param request what starts it; `later`: that comes through `requests`; null: a former daemon started it */
  constructor(owner: AttemptOwner, key: AttemptKey, listener: AttemptListener, request: Buffer | "later" | null) {
    this.mission = key.mission;
    this.number = key.attempt;
    this.group = key.group;
    this.terminal = key.terminal;
    this.#paths = key.paths;
    this.#owner = owner;
    this.#listener = listener;
    this.#request = request === "later" ? null : request;
    this.#isAdopted = request === null;
    this.#isAgentSeen = !this.#isAdopted;
    this.#isOld = this.#isAdopted;
    this.#stdin = new StdinWriter(key.paths.stdin);
    this.#tree = new StoppedTree({ processes: owner.processes, subject: () => this.subject() }, () => owner.keepNames);
    this.#alarm = new Alarm(owner.clock);
    this.#begun = new Alarm(owner.clock);
  }

  /** The shim, while it is known to run. */
  get shim(): ProcessIdentity | null {
    return this.#shim;
  }

  /** The agent, ended or not; null until it has started. */
  get agent(): ProcessIdentity | null {
    return this.#agent;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The request that nothing was heard of yet; a new zygote gets it again (the claim makes that safe). */
  get unanswered(): Buffer | null {
    return this.#request;
  }

  /** For the runner: the request to start that could not be made at first. */
  requests(request: Buffer): void {
    this.#request = request;
  }

  /**
   * Signals the agent's process group, or as soon as it has started. False when the agent is gone.
   */
  signalGroup(signal: NodeJS.Signals): boolean {
    if (this.#agent !== null) return signalGroup(this.#agent, signal);
    if (this.#isEnded) return false;
    this.#awaited.push(signal);
    return true;
  }

  /** Stops everything of the attempt where it stands, the agent's group first, or lets all go on that was stopped so. */
  signalTree(signal: "SIGSTOP" | "SIGCONT"): Promise<void> {
    this.signalGroup(signal);
    return this.#tree.set(signal === "SIGSTOP");
  }

  /** SIGKILL to the agent's group, also to one that the shim has forked but not yet told of; a sweep goes on without grace. */
  kill(): boolean {
    this.#isHurried = true;
    this.#alarm.ring();
    if (this.#agent === null && !this.#isAdopted) {
      const forked = glimpseClaim(this.#paths)?.agent;
      if (forked) signalGroup(forked, "SIGKILL");
    }
    return this.signalGroup("SIGKILL");
  }

  /**
   * Ends what the agent left behind; see `sweep`. To be called once after the end. Resolves when
   * nothing is left that can be ended, and lets the shim go.
   */
  async sweep(options: SweepOptions): Promise<SweptProcess[]> {
    if (this.#isEmpty) return [];
    const world = {
      processes: this.#owner.processes,
      clock: this.#owner.clock,
      subject: () => this.subject(),
      pause: (ms: number) => this.#alarm.wait(ms),
      isHurried: () => this.#isHurried,
      killAll: () => this.group?.kill(),
    };
    // Of a lost attempt the agent itself may be what is left: it is not waited for.
    const isNatural = options.isNatural && !this.#isLost;
    const swept = await sweep(world, { keepNames: this.#owner.keepNames, ...options, isNatural });
    this.release();
    return swept;
  }

  /** Leaves what is left alone and lets the shim go; does nothing before the end. */
  release(): void {
    if (!this.#isEnded) return;
    if (this.#shim !== null) this.#letGo(this.#shim);
    this.#shim = null;
    this.#stdin.destroy();
    this.#owner.forget(this);
  }

  /** It is told again a second later where it cannot be told for want of descriptors. */
  #letGo(shim: ProcessIdentity): void {
    if (signalProcess(shim, "SIGTERM") || !isRunning(shim)) return;
    this.#owner.clock.after(1000, () => this.#letGo(shim));
  }

  /**
   * Writes to the agent's stdin; resolves when the system has taken the bytes.
   *
   * @throws OvermindError exited when the agent cannot read them any more
   */
  async writeStdin(bytes: Buffer): Promise<void> {
    if (!this.#isStarted && !this.#isEnded) await this.#begun.wait();
    await this.#stdin.write(bytes);
  }

  /** Gives the agent the end of its input, after all that was written. */
  async closeStdin(): Promise<void> {
    if (!this.#isStarted && !this.#isEnded) await this.#begun.wait();
    await this.#stdin.end();
    if (this.#shim !== null && !this.#isEnded) signalProcess(this.#shim, "SIGUSR1");
  }

  /** For the runner: lets go of descriptors; agent and shim live on. */
  detach(): void {
    this.#stdin.destroy();
    this.#alarm.ring();
  }

  /** For the runner: a fact that the shim or the zygote told. */
  take(fact: ShimFact): void {
    this.#request = null;
    switch (fact.type) {
      case "started":
        this.#start(fact.shim, fact.agent);
        break;
      case "empty":
        this.#emptied();
        break;
      case "shim_died":
        this.#shim = null;
        this.#recall();
        break;
      case "exited":
      case "spawn_error":
        this.#end(fact);
        break;
    }
  }

  /** For the runner: takes up an attempt from its files; `claim` is null when its pids mean nothing here. */
  adopt(claim: Claim | null): void {
    this.#isForeign = claim === null;
    this.#agent = claim?.agent ?? null;
    this.#isAgentSeen = this.#agent !== null && isRunning(this.#agent);
    this.#shim = claim?.shim && isRunning(claim.shim) ? claim.shim : null;
    if (this.#shim !== null && this.#agent !== null) this.#start(this.#shim, this.#agent);
    if (this.#shim === null || readExit(this.#paths) !== null) this.#recall();
  }

  /**
   * For the runner: makes sure that no end was missed. Cheap, for every second; `isThorough` also
   * asks whether pids still mean the same processes.
   *
   * @throws a shortage (`isShortage`): to be asked again
   */
  look(isThorough: boolean): void {
    const shim = this.#shim;
    if (!this.#isOld) {
      this.#isOld = true;
    } else if (shim === null) {
      this.#lookForClaim(isThorough);
    } else if (isThorough ? !isRunning(shim) : !hasPid(shim.pid)) {
      this.#recall();
      this.#shim = null;
    } else if (isThorough && !this.#isEnded && this.#isAgentGone()) {
      this.#recall();
    }
  }

  #isAgentGone(): boolean {
    return this.#agent !== null && !isRunning(this.#agent) && readExit(this.#paths) !== null;
  }

  #start(shim: ProcessIdentity, agent: ProcessIdentity): void {
    if (this.#isStarted || this.#isEnded) return;
    this.#isStarted = true;
    this.#shim = shim;
    this.#agent = agent;
    this.#tell({ type: "started", shim, agent, isAdopted: this.#isAdopted });
    for (const signal of this.#awaited.splice(0)) signalGroup(agent, signal);
    this.#begun.ring();
  }

  #end(fact: Exclude<AttemptFact, { type: "started" }>): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stdin.destroy();
    this.#begun.ring();
    if (fact.type === "spawn_error" || (fact.type === "exited" && fact.isClean)) this.#emptied();
    this.#tell(fact.type === "exited" && this.group?.wasOutOfMemory === true ? { ...fact, isOutOfMemory: true } : fact);
  }

  /** The shim cannot tell any more, or was not heard: its files do. */
  #recall(): void {
    this.#request = null;
    this.#alarm.ring();
    if (this.#isEnded) return;
    // Nothing is changed before both are read: what cannot be read just now is asked for again.
    const claim = this.#isForeign ? null : readClaim(this.#paths);
    const exit = readExit(this.#paths);
    this.#agent ??= claim?.agent ?? null;
    if (!this.#isStarted && claim?.shim && claim.agent) this.#start(claim.shim, claim.agent);
    if (exit === null) {
      this.#shim = null;
      this.#isLost = true;
      this.#end({ type: "lost" });
    } else {
      const { kind, code, signal, endedAt, isClean, message } = exit;
      this.#end(
        kind === "exited" ? { type: "exited", code, signal, endedAt, isClean } : { type: "spawn_error", code, message, endedAt },
      );
    }
  }

  /** A start that was never answered: its shim died with its zygote, or could not make itself heard. */
  #lookForClaim(isThorough: boolean): void {
    if (this.#isEnded || this.#isStarted) return;
    const claim = readClaim(this.#paths);
    if (!claim?.shim) return;
    if (!isRunning(claim.shim)) this.#recall();
    else if (isThorough && claim.agent) this.#start(claim.shim, claim.agent);
  }

  #emptied(): void {
    this.#isEmpty = true;
    this.#shim = null;
    this.#alarm.ring();
    this.#owner.forget(this);
  }

  /** Whose processes are this attempt's, for whoever looks for them. */
  subject(): SweepSubject {
    const { mission } = this;
    return { mission, home: this.#owner.home, shim: this.#shim, agent: this.#agent, isSessionTrusted: this.#isAgentSeen };
  }

  #tell(fact: AttemptFact): void {
    this.#owner.tell(this.#listener, fact);
  }
}
