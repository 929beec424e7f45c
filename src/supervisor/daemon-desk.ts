import { OvermindError } from "../base/errors.ts";
import type { HomePaths } from "../base/paths.ts";
import type { EventBus } from "../events/bus.ts";
import type { LogPiece, ReadOptions } from "../output/log-source.ts";
import { readLog } from "../output/read-log.ts";
import type { ConfigView } from "../protocol/config.ts";
import type { DaemonStatus, DatabaseLoss, EventView, Hello } from "../protocol/messages.ts";
import { isFinal, type MissionView, type Status, type WaitResult } from "../protocol/mission.ts";
import type { TopView } from "../protocol/top.ts";
import type { Store } from "../store/store.ts";
import type { ApplyRequest, DaemonContext, EventFilter, GroupRequest, ListFilter, RunRequest } from "./daemon-context.ts";
import { eventStream } from "./event-stream.ts";
import type { Hooks } from "./hooks/hooks.ts";
import { Inbox } from "./inbox/inbox.ts";
import type { LiveMission } from "./live-mission.ts";
import type { LiveSettings } from "./live-settings.ts";
import type { MissionIndex } from "./mission-index.ts";
import { daemonStatus, listMissions } from "./mission-list.ts";
import { finishedLog, liveLog } from "./mission-log.ts";
import { waitResult } from "./mission-view.ts";
import { type PausedMission, pauseMission, unpauseMission } from "./pause-mission.ts";
import type { PipelineDesk } from "./pipeline/pipeline-desk.ts";
import type { Pools } from "./queue/pools.ts";
import { removeMany } from "./remove-many.ts";
import { restartMission } from "./restart-mission.ts";
import { signalMission } from "./signal-mission.ts";
import { Spending } from "./spending/spending.ts";
import type { Supervisor } from "./supervisor.ts";
import type { Surroundings } from "./surroundings.ts";
import { beginAnew } from "./talk/begin-anew.ts";
import type { TakeOvers } from "./talk/take-overs.ts";
import { Talks } from "./talk/talks.ts";
import { TerminalDesk } from "./terminal-desk.ts";
import { endAll, endTree } from "./tree/end-missions.ts";
import { topStream } from "./watch/top-stream.ts";

export interface DaemonDeskParts {
  readonly supervisor: Supervisor;
  readonly store: Store;
  readonly bus: EventBus;
  readonly surroundings: Surroundings;
  readonly hello: Hello;
  readonly hooks: Hooks;
  readonly settings: LiveSettings;
  /** Of the database, as this daemon started. */
  readonly loss: DatabaseLoss | null;
  /** Ends the daemon's process, once what is under way has been answered. */
  readonly onShutdown: () => void;
}

/** What can be asked of a daemon: finds whom it is about, and hands it to whoever does it. */
export class DaemonDesk implements DaemonContext {
  readonly paths: HomePaths;
  readonly talks: Talks;
  readonly takeOvers: TakeOvers;
  readonly inbox: Inbox;
  readonly terminals: TerminalDesk;
  readonly spending: Spending;
  readonly pipelines: PipelineDesk;
  readonly pools: Pools;
  readonly hooks: Hooks;
  readonly #parts: DaemonDeskParts;
  readonly #supervisor: Supervisor;
  readonly #store: Store;
  readonly #index: MissionIndex;
  readonly #startedAt: number;

  constructor(parts: DaemonDeskParts) {
    const { supervisor, store, surroundings } = parts;
    const { index, launcher, queue, budgets, takeOvers } = supervisor;
    const { paths, limits, runner, clock } = surroundings;
    this.#parts = parts;
    this.#supervisor = supervisor;
    this.#store = store;
    this.#index = index;
    this.paths = paths;
    this.talks = new Talks(index, paths, (id) => store.attempts.of(id));
    this.takeOvers = takeOvers;
    this.inbox = new Inbox(index, parts.bus);
    this.terminals = new TerminalDesk(index, runner.terminals);
    this.spending = new Spending({ index, store, limits, budgets });
    this.pipelines = launcher.pipelines;
    this.pools = queue.pools;
    this.hooks = parts.hooks;
    this.#startedAt = clock.monotonic();
  }

  hello(): Hello {
    return this.#parts.hello;
  }

  status(): DaemonStatus {
    const uptimeMs = this.#parts.surroundings.clock.monotonic() - this.#startedAt;
    const status = daemonStatus(this.#parts.hello, uptimeMs, this.#store.missions.countByStatus(), this.#index.live());
    const { settings, loss } = this.#parts;
    return { ...status, last_event: this.#store.events.lastSeq(), config_error: settings.error, database_lost: loss };
  }

  async shutdown({ kill }: { kill: boolean }): Promise<{ live: number }> {
    this.#supervisor.beginClosing();
    if (kill) await endAll(this.#index, "stop", "shutdown");
    const live = this.#index.liveCount;
    this.#parts.onShutdown();
    return { live };
  }

  async run(request: RunRequest): Promise<{ id: string; name: string }> {
    this.#supervisor.refuseWhenClosing();
    return this.#supervisor.maker.runSoon(request);
  }

  group(request: GroupRequest): { id: string; name: string } {
    this.#supervisor.refuseWhenClosing();
    return this.#supervisor.maker.group(request);
  }

  apply(request: ApplyRequest): ReturnType<DaemonContext["apply"]> {
    this.#supervisor.refuseWhenClosing();
    return this.#supervisor.maker.apply(request);
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
    if (live === undefined) this.#supervisor.refuseWhenClosing();
    if (fresh && live?.row.status !== "queued") beginAnew(this.paths, row);
    await restartMission(row, live, by, () => this.#supervisor.launcher.revive(row));
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
    this.#supervisor.remove(reference);
  }

  prune({ olderThanMs, statuses }: { olderThanMs?: number | undefined; statuses?: readonly Status[] | undefined }) {
    const { clock } = this.#parts.surroundings;
    const before = clock.now() - (olderThanMs ?? 0);
    const ended = this.#store.missions.finished({ statuses: statuses?.filter(isFinal) });
    const old = ended.filter((row) => olderThanMs === undefined || (row.ended_at ?? 0) <= before);
    const ids = old.map((row) => row.id);
    return removeMany(ids, { clock, remove: (id) => this.remove(id) });
  }

  async writeStdin(reference: string, bytes: Buffer): Promise<void> {
    const mission = this.#running(reference);
    await mission.begun();
    if (mission.attempt === null) throw new OvermindError("not_running");
    await mission.attempt.writeStdin(bytes);
  }

  async closeStdin(reference: string): Promise<void> {
    const mission = this.#running(reference);
    await mission.begun();
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
