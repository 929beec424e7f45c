import type { Clock } from "../base/clock.ts";
import { OvermindError } from "../base/errors.ts";
import type { HomePaths } from "../base/paths.ts";
import type { EventBus } from "../events/bus.ts";
import type { Resume } from "../mission/machine-types.ts";
import type { LogPiece, ReadOptions } from "../output/log-source.ts";
import { readLog } from "../output/read-log.ts";
import type { ConfigView } from "../protocol/config.ts";
import type { DaemonStatus, EventView, Hello } from "../protocol/messages.ts";
import { isFinal, type MissionView, type Status, type WaitResult } from "../protocol/mission.ts";
import type { TopView } from "../protocol/top.ts";
import type { MissionRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import type { ApplyRequest, DaemonContext, EventFilter, GroupRequest, ListFilter, RunRequest } from "./daemon-context.ts";
import { eventStream } from "./event-stream.ts";
import type { Hooks } from "./hooks/hooks.ts";
import { Inbox } from "./inbox/inbox.ts";
import type { LiveMission, Surroundings } from "./live-mission.ts";
import type { LiveSettings } from "./live-settings.ts";
import type { SupervisorActor } from "./machine.ts";
import { MissionIndex } from "./mission-index.ts";
import { MissionLauncher } from "./mission-launcher.ts";
import { daemonStatus, listMissions } from "./mission-list.ts";
import { finishedLog, liveLog } from "./mission-log.ts";
import { waitResult } from "./mission-view.ts";
import { type PausedMission, pauseMission, unpauseMission } from "./pause-mission.ts";
import type { PipelineDesk } from "./pipeline/pipeline-desk.ts";
import { MissionQueue } from "./queue/mission-queue.ts";
import type { Pools } from "./queue/pools.ts";
import { removeMany } from "./remove-many.ts";
import { removeMission } from "./remove-mission.ts";
import { restartMission } from "./restart-mission.ts";
import { signalMission } from "./signal-mission.ts";
import { BudgetKeeper } from "./spending/budget-keeper.ts";
import { Spending } from "./spending/spending.ts";
import { beginAnew } from "./talk/begin-anew.ts";
import { TakeOvers } from "./talk/take-overs.ts";
import { Talks } from "./talk/talks.ts";
import { TerminalDesk } from "./terminal-desk.ts";
import { endAll, endTree } from "./tree/end-missions.ts";
import { topStream } from "./watch/top-stream.ts";

export interface SupervisorParts {
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly store: Store;
  readonly bus: EventBus;
  readonly surroundings: Surroundings;
  readonly actor: SupervisorActor;
  readonly hello: Hello;
  readonly hooks: Hooks;
  readonly settings: LiveSettings;
  /** Ends the daemon's process, once what is under way has been answered. */
  readonly onShutdown: () => void;
  /** Closes what the supervisor stands on, after the missions were let go. */
  readonly release: () => Promise<void>;
}

/** All missions of one home, and what can be asked of them. */
export class Supervisor implements DaemonContext {
  readonly paths: HomePaths;
  readonly talks: Talks;
  readonly takeOvers: TakeOvers;
  readonly inbox: Inbox;
  readonly terminals: TerminalDesk;
  readonly spending: Spending;
  readonly #parts: SupervisorParts;
  readonly #store: Store;
  readonly #index: MissionIndex;
  readonly #launcher: MissionLauncher;
  readonly #queue: MissionQueue;
  readonly #budgets: BudgetKeeper;
  readonly #startedAt: number;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.paths = parts.paths;
    this.#store = parts.store;
    this.#index = new MissionIndex(parts.store);
    this.talks = new Talks(this.#index, parts.paths, (id) => parts.store.attempts.of(id));
    this.takeOvers = new TakeOvers(this.#index, parts.clock, parts.surroundings.log);
    this.inbox = new Inbox(this.#index, parts.bus);
    this.terminals = new TerminalDesk(this.#index, parts.surroundings.runner.terminals);
    const { store, surroundings } = parts;
    const home = { index: this.#index, store, surroundings };
    this.#budgets = new BudgetKeeper(home);
    this.spending = new Spending({ ...home, limits: surroundings.limits, budgets: this.#budgets });
    this.#queue = new MissionQueue({ ...home, keptFrom: (row) => this.#launcher.keptFrom(row) });
    this.#launcher = new MissionLauncher({
      ...home,
      queue: this.#queue,
      budgets: this.#budgets,
      remove: (id) => this.remove(id),
      refuseWhenClosing: () => this.#refuseWhenClosing(),
    });
    this.#startedAt = parts.clock.monotonic();
  }

  hello(): Hello {
    return this.#parts.hello;
  }

  status(): DaemonStatus {
    const uptimeMs = this.#parts.clock.monotonic() - this.#startedAt;
    const status = daemonStatus(this.#parts.hello, uptimeMs, this.#store.missions.countByStatus(), this.#index.live());
    return { ...status, last_event: this.#store.events.lastSeq(), config_error: this.#parts.settings.error };
  }

  async shutdown({ kill }: { kill: boolean }): Promise<{ live: number }> {
    this.#parts.actor.send({ type: "shutdown.requested" });
    if (kill) await endAll(this.#index, "stop", "shutdown");
    const live = this.#index.liveCount;
    this.#parts.onShutdown();
    return { live };
  }

  async run(request: RunRequest): Promise<{ id: string; name: string }> {
    this.#refuseWhenClosing();
    return this.#launcher.runSoon(request);
  }

  group(request: GroupRequest): { id: string; name: string } {
    this.#refuseWhenClosing();
    return this.#launcher.group(request);
  }

  apply(request: ApplyRequest): ReturnType<DaemonContext["apply"]> {
    this.#refuseWhenClosing();
    return this.#launcher.apply(request);
  }

  get pipelines(): PipelineDesk {
    return this.#launcher.pipelines;
  }

  get pools(): Pools {
    return this.#queue.pools;
  }

  /** Begins to release queued missions: `held` are those that are not taken up and may hold slots nevertheless. */
  openQueue(held: readonly string[]): void {
    for (const id of held) this.#queue.hold(this.#index.row(id));
    this.#queue.open();
  }

  /** Every mission of a former daemon is taken up; `found` are those that had not ended. */
  openTree(found: readonly string[]): void {
    this.#launcher.tree.recovered(found);
    this.#budgets.recovered();
    this.takeOvers.recovered();
  }

  /** Takes up a mission of a former daemon. */
  resume(row: MissionRow, resume: Resume, isIntended: boolean): void {
    this.#launcher.launch(row, resume, isIntended);
  }

  find(reference: string): MissionView {
    return this.#index.view(this.#index.row(reference));
  }

  list(filter: ListFilter): { missions: MissionView[]; more: number } {
    return listMissions(filter, this.#index, this.#store);
  }

  stop(reference: string, { cascade, by }: { cascade: boolean; by: string }): Promise<void> {
    return endTree(this.#index, this.#index.row(reference), "stop", { cascade, by });
  }

  kill(reference: string, { cascade, by }: { cascade: boolean; by: string }): Promise<void> {
    return endTree(this.#index, this.#index.row(reference), "kill", { cascade, by });
  }

  killAll({ by }: { by: string }): Promise<number> {
    return endAll(this.#index, "kill", by);
  }

  async restart(reference: string, { by, fresh = false }: { by: string; fresh?: boolean }): Promise<void> {
    const row = this.#index.row(reference);
    const live = this.#index.findLive(row.id);
    if (live === undefined) this.#refuseWhenClosing();
    if (fresh && live?.row.status !== "queued") beginAnew(this.paths, row);
    await restartMission(row, live, by, () => this.#launcher.revive(row));
  }

  signal(reference: string, signal: string, { by }: { by: string }): void {
    signalMission(this.#running(reference), signal, by);
  }

  pause(reference: string, { by }: { by: string }): Promise<PausedMission> {
    return pauseMission(this.#running(reference), by);
  }

  async unpause(reference: string, { by }: { by: string }): Promise<void> {
    if (this.takeOvers.isTaken(reference)) await this.takeOvers.giveBack(reference, by);
    else unpauseMission(this.#running(reference), by);
  }

  async wait(reference: string, options: { for?: readonly Status[] | undefined; signal: AbortSignal }): Promise<WaitResult> {
    const row = this.#index.row(reference);
    const mission = this.#index.findLive(row.id);
    if (mission === undefined) return waitResult(row);
    await mission.until((now) => isFinal(now.status) || options.for?.includes(now.status) === true, options.signal);
    return waitResult(mission.row);
  }

  remove(reference: string): void {
    removeMission(this.#index.row(reference), this.#parts.surroundings);
  }

  prune({ olderThanMs, statuses }: { olderThanMs?: number | undefined; statuses?: readonly Status[] | undefined }) {
    const { clock } = this.#parts;
    const before = clock.now() - (olderThanMs ?? 0);
    const ended = this.#store.missions.finished({ statuses: statuses?.filter(isFinal) });
    const old = ended.filter((row) => olderThanMs === undefined || (row.ended_at ?? 0) <= before);
    const ids = old.map((row) => row.id);
    return removeMany(ids, { clock, remove: (id) => this.remove(id) });
  }

  async writeStdin(reference: string, bytes: Buffer): Promise<void> {
    const mission = this.#running(reference);
    await mission.until((row) => row.status !== "starting" && row.status !== "queued");
    if (mission.attempt === null) throw new OvermindError("not_running");
    await mission.attempt.writeStdin(bytes);
  }

  async closeStdin(reference: string): Promise<void> {
    const mission = this.#running(reference);
    await mission.until((row) => row.status !== "starting" && row.status !== "queued");
    await mission.endInput();
  }

  async *readLog(reference: string, options: ReadOptions): AsyncGenerator<LogPiece> {
    const row = this.#index.row(reference);
    const live = this.#index.findLive(row.id);
    const source = live
      ? liveLog(this.paths, live, options.follow)
      : finishedLog(this.paths, row, this.#store.attempts.of(row.id));
    try {
      yield* readLog(source, options);
    } finally {
      source.close();
    }
  }

  events(filter: EventFilter & { follow: boolean; signal: AbortSignal }): AsyncGenerator<EventView> {
    const mission =
      filter.mission === undefined ? undefined : (this.#index.findRow(filter.mission)?.id ?? this.#knownId(filter.mission));
    return eventStream({ ...filter, mission }, this.#store.events, this.#parts.bus);
  }

  top(options: { intervalMs: number; signal: AbortSignal }): AsyncGenerator<TopView> {
    const { clock, gauge } = this.#parts.surroundings;
    return topStream({ clock, gauge, live: () => this.#index.live() }, options);
  }

  story(reference: string, limit: number): { mission: MissionView | null; events: EventView[] } {
    const row = this.#index.findRow(reference);
    const events = this.#store.events.lastOf(row?.id ?? this.#knownId(reference), limit);
    return { mission: row === undefined ? null : this.#index.view(row), events };
  }

  config(): ConfigView {
    return this.#parts.settings.view();
  }

  get hooks(): Hooks {
    return this.#parts.hooks;
  }

  /** Lets go of every mission; their agents run on, and the next daemon takes them up. */
  async close(): Promise<void> {
    const { actor, surroundings, release } = this.#parts;
    actor.send({ type: "shutdown.requested" });
    const live = this.#index.liveCount;
    this.#queue.close();
    this.takeOvers.close();
    for (const mission of this.#index.live()) mission.leave();
    actor.stop();
    const { journal } = surroundings;
    journal.note([journal.daemonFact({ type: "daemon.stopped", pid: process.pid, live })]);
    await release();
  }

  #refuseWhenClosing(): void {
    if (!this.#parts.actor.getSnapshot().matches("closing")) return;
    throw new OvermindError("shutting_down", "the daemon is shutting down", { hint: "Run the command again." });
  }

  #running(reference: string): LiveMission {
    const mission = this.#index.findLive(this.#index.row(reference).id);
    if (mission === undefined) throw new OvermindError("not_running");
    return mission;
  }

  #knownId(reference: string): string {
    if (this.#store.events.knows(reference)) return reference;
    return this.#index.row(reference).id;
  }
}
