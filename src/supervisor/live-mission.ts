import { type Actor, createActor } from "xstate";
import { type MissionPaths, missionPaths } from "../base/paths.ts";
import { type MissionEvent, noHistory } from "../events/domain-event.ts";
import { groupActor } from "../mission/group-actor.ts";
import { missionMachine } from "../mission/machine.ts";
import type { AgentFact, MissionRequest, QueueFact, Resume } from "../mission/machine-types.ts";
import { processActor } from "../mission/process-actor.ts";
import type { ProcessOwner } from "../mission/process-owner.ts";
import { holdsMembers, type MissionSpec } from "../mission/spec.ts";
import { watchActor } from "../mission/watch-actor.ts";
import type { OutputWatch } from "../output/output-monitor.ts";
import { isFinal } from "../protocol/mission.ts";
import type { Attempt } from "../runner/attempt.ts";
import type { AttemptRow, MissionRow } from "../store/rows.ts";
import { inOrder } from "./facts-of-event.ts";
import { KeptRow } from "./kept-row.ts";
import { MissionProcess } from "./mission-process.ts";
import { ageOf, ranMs } from "./row-timing.ts";
import { type Kin, momentOf, type Surroundings } from "./surroundings.ts";
import { MissionAgent } from "./talk/mission-agent.ts";
import { untilRow } from "./until-row.ts";
import { watchAttempt } from "./watch/attempt-watch.ts";

// One for all: a copy for each mission costs 60 kB and half a millisecond.
const machine = missionMachine.provide({ actors: { process: processActor, watch: watchActor } });
const memberMachine = missionMachine.provide({ actors: { process: groupActor, watch: watchActor } });

/** Where a mission begins, or goes on after its former daemon. */
export interface Beginning {
  readonly row: MissionRow;
  /** What is stored of its attempts. */
  readonly attempts: readonly AttemptRow[];
  readonly resume: Resume;
  /** Whether the start of the row's attempt is stored already. */
  readonly isIntended: boolean;
}

/** A mission that has not ended: joins its machine, its row, its process and its agent. */
export class LiveMission {
  readonly id: string;
  readonly name: string;
  readonly spec: MissionSpec;
  readonly paths: MissionPaths;
  /** What the mission talks with; null for a command. */
  readonly agent: MissionAgent | null;
  readonly #around: Surroundings;
  readonly #kin: Kin;
  readonly #kept: KeptRow;
  readonly #process: MissionProcess;
  readonly #actor: Actor<typeof missionMachine>;
  readonly #eventListeners = new Set<(event: MissionEvent) => void>();

  constructor({ row, attempts, resume, isIntended }: Beginning, around: Surroundings, kin: Kin) {
    this.id = row.id;
    this.name = row.name;
    this.spec = row.spec as MissionSpec;
    this.paths = missionPaths(around.paths, row.id);
    this.#around = around;
    this.#kin = kin;
    this.#kept = new KeptRow(row, attempts, isIntended, around);
    this.#process = new MissionProcess(this, around);
    this.agent = this.spec.agent == null ? null : new MissionAgent(this, this.spec.agent, around);
    this.#actor = this.#createActor(resume);
  }

  get row(): MissionRow {
    this.#kept.grewAt(this.output?.lastActivity() ?? null);
    return this.#kept.row;
  }

  /** Its attempts so far, oldest first. */
  get attempts(): readonly AttemptRow[] {
    return this.#kept.attempts;
  }

  get isFinal(): boolean {
    return isFinal(this.#kept.row.status);
  }

  /** The running attempt's process; null between attempts. */
  get attempt(): Attempt | null {
    return this.#process.attempt;
  }

  get output(): OutputWatch | null {
    return this.#process.output;
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
  endInput(): Promise<void> {
    return this.#process.endInput();
  }

  /** Stores that a signal was sent. */
  noteSignal(signal: string, by: string): void {
    this.note({ type: "mission.signalled", attempt: this.#kept.row.attempt, signal, by });
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
    return this.#kept.onChange(listener);
  }

  /** Resolves once `isMet`; rejects with the signal's reason when that aborts first. */
  until(isMet: (row: MissionRow) => boolean, signal?: AbortSignal): Promise<void> {
    return untilRow(this, isMet, signal);
  }

  /** Resolves once it has started, or will not. */
  begun(signal?: AbortSignal): Promise<void> {
    return this.until(({ status }) => status !== "starting" && status !== "queued", signal);
  }

  /** Lets go of everything without touching the process: the next daemon takes over. */
  leave(): void {
    this.#actor.send({ type: "daemon.leaves" });
    this.#process.leave();
    this.agent?.close();
  }

  #createActor(resume: Resume): Actor<typeof missionMachine> {
    const { clock, parent } = this.#around;
    const { row } = this.#kept;
    const input = {
      id: this.id,
      ageMs: ageOf(row, this.spec, momentOf(this.#around), clock.now()),
      policy: this.spec.policy,
      attempt: row.attempt,
      restarts: row.restarts,
      history: row.history ?? noHistory,
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
      intend: (input) => this.#kept.intend(input),
      start: ({ attempt }, listener) => this.#process.start(attempt, listener),
      adopt: ({ attempt }, listener) => this.#process.adopt(attempt, listener),
      holds: (attempt) => this.#process.holds(attempt),
      ranUnseen: (endedAt) => this.#ranUnseen(endedAt),
      setStopped: (isStopped) => this.#process.setStopped(isStopped),
      endPolitely: (signal) => this.agent?.endPolitely(signal) ?? false,
      watch: (tell) =>
        watchAttempt({ spec: this.spec, attempt: this.attempt, output: this.output, agent: this.agent }, this.#around, tell),
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
    const event = inOrder(told, this.#kept.row);
    if (event.type === "mission.attempt_ended") {
      this.#kept.grewAt(this.#process.endOutput());
      this.agent?.ended();
    }
    this.#kept.note(event);
    for (const listener of this.#eventListeners) listener(event);
    if (event.type === "mission.resumed") this.agent?.goesOn();
  }

  #ranUnseen(endedAt: number): number | null {
    if (!this.#process.endedUnseen(endedAt)) return null;
    const { row } = this.#kept;
    const longestMs = ranMs(row, momentOf(this.#around), this.#around.clock.now());
    return Math.min(longestMs, Math.max(0, endedAt - (row.started_at ?? endedAt)));
  }
}
