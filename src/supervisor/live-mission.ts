import { type Actor, createActor } from "xstate";
import { type AttemptPaths, type MissionPaths, missionPaths } from "../base/paths.ts";
import { type MissionEvent, noHistory } from "../events/domain-event.ts";
import { groupActor } from "../mission/group-actor.ts";
import { missionMachine } from "../mission/machine.ts";
import type { AgentFact, MissionRequest, ProcessInput, QueueFact, Resume } from "../mission/machine-types.ts";
import { processActor } from "../mission/process-actor.ts";
import type { ProcessOwner } from "../mission/process-owner.ts";
import { holdsMembers, type MissionSpec } from "../mission/spec.ts";
import { watchActor } from "../mission/watch-actor.ts";
import type { OutputWatch } from "../output/output-monitor.ts";
import { isFinal } from "../protocol/mission.ts";
import type { Attempt, AttemptListener } from "../runner/attempt.ts";
import type { NotAdopted } from "../runner/runner.ts";
import type { AttemptRow, MissionRow } from "../store/rows.ts";
import { withAttempt } from "./attempt-rows.ts";
import { inOrder, type RowChange } from "./facts-of-event.ts";
import { ageOf, ranMs, timedChange } from "./row-timing.ts";
import { type Kin, momentOf, type Surroundings } from "./surroundings.ts";
import { MissionAgent } from "./talk/mission-agent.ts";
import { untilRow } from "./until-row.ts";
import { watchAttempt } from "./watch/attempt-watch.ts";

export type { Kin, Surroundings } from "./surroundings.ts";

// One for all: a copy for each mission costs 60 kB and half a millisecond.
const machine = missionMachine.provide({ actors: { process: processActor, watch: watchActor } });
const memberMachine = missionMachine.provide({ actors: { process: groupActor, watch: watchActor } });

/** A mission that has not ended: its row as it stands, its machine, its process, its output. */
export class LiveMission {
  readonly id: string;
  readonly name: string;
  readonly spec: MissionSpec;
  readonly paths: MissionPaths;
  /** What the mission talks with; null for a command. */
  readonly agent: MissionAgent | null;
  readonly #around: Surroundings;
  readonly #actor: Actor<typeof missionMachine>;
  readonly #listeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: MissionEvent) => void>();
  readonly #kin: Kin;
  #row: MissionRow;
  #attempt: Attempt | null = null;
  #output: OutputWatch | null = null;
  /** The attempt whose start is stored already. */
  #intended: number;
  #isInputEnded = false;
  /** Epoch ms. */
  #adoptedAt: number | null = null;

  /** Where the attempts before the present one lie; kept, because a mission may restart a million times. */
  readonly #former: AttemptPaths[] = [];

  /** Its attempts so far, oldest first: readers of its output ask many times a second. */
  #attempts: readonly AttemptRow[];

  /**
   * @param attempts what is stored of its attempts
   * @param isIntended whether the start of the row's attempt is stored already
   */
  constructor(
    row: MissionRow,
    attempts: readonly AttemptRow[],
    resume: Resume,
    isIntended: boolean,
    around: Surroundings,
    kin: Kin,
  ) {
    this.id = row.id;
    this.name = row.name;
    this.spec = row.spec as MissionSpec;
    this.paths = missionPaths(around.paths, row.id);
    this.#row = row;
    this.#attempts = attempts;
    this.#around = around;
    this.#kin = kin;
    this.#intended = isIntended ? row.attempt : 0;
    this.agent = this.spec.agent == null ? null : new MissionAgent(this, this.spec.agent, around);
    this.#actor = this.#createActor(resume);
  }

  /** Asked at every line that an agent says, so it is copied only when its output grew since. */
  get row(): MissionRow {
    const last_activity = this.#output?.lastActivity() ?? this.#row.last_activity;
    if (last_activity !== this.#row.last_activity) this.#row = { ...this.#row, last_activity };
    return this.#row;
  }

  get attempts(): readonly AttemptRow[] {
    return this.#attempts;
  }

  get isFinal(): boolean {
    return isFinal(this.#row.status);
  }

  /** The running attempt's process; null between attempts. */
  get attempt(): Attempt | null {
    return this.#attempt;
  }

  get output(): OutputWatch | null {
    return this.#output;
  }

  start(): void {
    this.#actor.start();
  }

  request(request: MissionRequest): void {
    this.#actor.send(request);
  }

  /** Takes what its agent's words tell, or what was decided about what it spent. */
  tell(fact: AgentFact): void {
    this.#actor.send(fact);
  }

  /** Takes what the queue decided while it waits in it. */
  decide(fact: QueueFact): void {
    this.#actor.send(fact);
  }

  /** Gives the agent the end of its input, and every later attempt too: what gave it is gone. */
  async endInput(): Promise<void> {
    this.#isInputEnded = true;
    await this.#attempt?.closeStdin();
  }

  /** Stores that a signal was sent. */
  noteSignal(signal: string, by: string): void {
    this.note({ type: "mission.signalled", attempt: this.#row.attempt, signal, by });
  }

  /** Stores what happened to it that its machine need not know. */
  note(event: MissionEvent): void {
    this.#take(event);
  }

  /** As `note`, and it is stored before anything follows from it. */
  noteFirst(event: MissionEvent): void {
    this.#take(event);
    this.#around.journal.settle();
  }

  /** Calls `listener` with each event of its machine, after the row has changed. */
  onEvent(listener: (event: MissionEvent) => void): void {
    this.#eventListeners.add(listener);
  }

  /** Calls `listener` after each change of the row. Answers what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once `isMet`; rejects with the signal's reason when that aborts first. */
  until(isMet: (row: MissionRow) => boolean, signal?: AbortSignal): Promise<void> {
    return untilRow(this, isMet, signal);
  }

  /** Lets go of everything without touching the process: the next daemon takes over. */
  leave(): void {
    this.#actor.send({ type: "daemon.leaves" });
    this.#output?.close();
    this.agent?.close();
  }

  #createActor(resume: Resume): Actor<typeof missionMachine> {
    const { clock, parent } = this.#around;
    const input = {
      id: this.id,
      ageMs: ageOf(this.#row, this.spec, momentOf(this.#around), clock.now()),
      policy: this.spec.policy,
      attempt: this.#row.attempt,
      restarts: this.#row.restarts,
      history: this.#row.history ?? noHistory,
      resume,
      owner: this.#owner(),
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      random: Math.random,
      keptFrom: () => this.#kin.keptFrom(this),
    };
    // One id for all: the end of an actor is an event named after it, and XState keeps for ever what a state makes of each name.
    const actor = createActor(holdsMembers(this.spec) ? memberMachine : machine, { input, parent, id: "mission" });
    actor.on("*", (event) => this.#take(event));
    actor.subscribe({
      error: (error) => this.#around.log.error({ err: error, mission: this.id }, "the mission's machine failed"),
    });
    return actor;
  }

  #owner(): ProcessOwner {
    return {
      intend: (input) => this.#intend(input),
      start: (input, listener) => this.#start(input, listener),
      adopt: (input, listener) => this.#adopt(input, listener),
      holds: (attempt) => {
        this.#attempt = attempt;
      },
      ranUnseen: (endedAt) => this.#ranUnseen(endedAt),
      setStopped: (isStopped) => this.#setStopped(isStopped),
      endPolitely: (signal) => this.agent?.endPolitely(signal) ?? false,
      watch: (tell) =>
        watchAttempt({ spec: this.spec, attempt: this.#attempt, output: this.#output, agent: this.agent }, this.#around, tell),
      judge: (end) => this.agent?.judge(end) ?? null,
      keepNames: this.#around.leftoversKeep,
      mayRestart: (attempt) => this.#kin.mayRestart(this, attempt),
      awaitTurn: (start) => this.#kin.awaitTurn(this, start),
      // One that holds members may end before anything has happened: only a process makes sure that time passes.
      decidesAlone: this.spec.parent === null && !holdsMembers(this.spec),
      members: this.#kin.membersOf(this),
    };
  }

  #take(told: MissionEvent): void {
    const event = inOrder(told, this.#row);
    const { journal } = this.#around;
    if (event.type === "mission.attempt_ended") this.#endOutput();
    if (event.type === "mission.attempt_ended") this.agent?.ended();
    const change = this.#changeBy(event);
    journal.note([journal.fact(this.id, event, change)]);
    this.#change(change);
    for (const listener of this.#eventListeners) listener(event);
    if (event.type === "mission.resumed") this.agent?.goesOn();
  }

  #intend({ attempt, restarts, history }: ProcessInput): void {
    if (this.#intended === attempt) return;
    const { journal } = this.#around;
    const event = { type: "mission.starting", attempt, restarts, history } as const;
    const change = this.#changeBy(event);
    journal.intend([journal.fact(this.id, event, change)]);
    this.#intended = attempt;
    this.#change(change);
  }

  #changeBy(event: MissionEvent): RowChange {
    return timedChange(event, this.#row, momentOf(this.#around), this.#around.clock.now());
  }

  #change({ mission, attempt }: RowChange): void {
    this.#row = { ...this.#row, ...mission };
    if (attempt !== undefined) this.#attempts = withAttempt(this.#attempts, this.id, attempt);
    for (const listener of [...this.#listeners]) listener();
  }

  #start({ attempt }: ProcessInput, listener: AttemptListener): Attempt {
    const { runner } = this.#around;
    const { cwd, shellLine: command = this.spec.command, umask, nofile, nice, stdin } = this.spec;
    const agentCommand = this.agent?.command(attempt);
    const argv = agentCommand?.argv ?? this.spec.argv;
    const { memoryMaxBytes: memoryMax } = this.spec.policy;
    const request = { mission: this.id, attempt, paths: this.paths, cwd, command, argv, umask, nofile, nice, stdin, memoryMax };
    const terminal = this.spec.terminal ?? null;
    const started = runner.start({ ...request, terminal }, listener);
    if (this.#isInputEnded) void started.closeStdin();
    this.#openOutput(attempt, false);
    if (agentCommand !== undefined) this.agent?.open(attempt, started, agentCommand);
    return started;
  }

  #adopt({ attempt }: ProcessInput, listener: AttemptListener): Attempt | NotAdopted {
    this.#adoptedAt = this.#around.clock.now();
    this.#openOutput(attempt, true);
    const adopted = this.#around.runner.adopt(
      { mission: this.id, attempt, paths: this.paths, hasTerminal: this.spec.terminal != null },
      listener,
    );
    if (typeof adopted !== "string") this.agent?.adopt(attempt, adopted);
    return adopted;
  }

  #ranUnseen(endedAt: number): number | null {
    if (this.#adoptedAt === null || endedAt > this.#adoptedAt) return null;
    const longestMs = ranMs(this.#row, momentOf(this.#around), this.#around.clock.now());
    return Math.min(longestMs, Math.max(0, endedAt - (this.#row.started_at ?? endedAt)));
  }

  #setStopped(isStopped: boolean): void {
    const done = this.#attempt?.signalTree(isStopped ? "SIGSTOP" : "SIGCONT");
    done?.catch((error) => this.#around.log.error({ err: error, mission: this.id }, "not all of its processes could be found"));
  }

  #openOutput(attempt: number, adopted: boolean): void {
    this.#output?.close();
    while (this.#former.length < attempt - 1) this.#former.push(this.paths.attempt(this.#former.length + 1));
    this.#output = this.#around.monitor.open(this.id, this.#former, this.paths.attempt(attempt), { adopted });
  }

  #endOutput(): void {
    if (this.#output === null) return;
    this.#output.finish();
    this.#row = { ...this.#row, last_activity: this.#output.lastActivity() ?? this.#row.last_activity };
    this.#output = null;
  }
}
