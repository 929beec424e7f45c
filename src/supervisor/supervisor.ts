import type { Clock } from "../base/clock.ts";
import { OvermindError } from "../base/errors.ts";
import type { HomePaths } from "../base/paths.ts";
import { signalName } from "../base/signals.ts";
import type { EventBus } from "../events/bus.ts";
import type { Resume } from "../mission/machine-types.ts";
import type { LogPiece, ReadOptions } from "../output/log-source.ts";
import { readLog } from "../output/read-log.ts";
import type { DaemonStatus, EventView, Hello } from "../protocol/messages.ts";
import { isFinal, type Leftover, type MissionView, type Status, type WaitResult } from "../protocol/mission.ts";
import type { MissionRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import type { DaemonContext, EventFilter, ListFilter, RunRequest } from "./daemon-context.ts";
import { endAll, endTree } from "./end-missions.ts";
import { eventStream } from "./event-stream.ts";
import type { LiveMission, Surroundings } from "./live-mission.ts";
import type { SupervisorActor } from "./machine.ts";
import { removeMissionFiles } from "./mission-files.ts";
import { MissionIndex } from "./mission-index.ts";
import { MissionLauncher } from "./mission-launcher.ts";
import { daemonStatus, listMissions } from "./mission-list.ts";
import { finishedLog, liveLog } from "./mission-log.ts";
import { waitResult } from "./mission-view.ts";

export interface SupervisorParts {
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly store: Store;
  readonly bus: EventBus;
  readonly surroundings: Surroundings;
  readonly actor: SupervisorActor;
  readonly hello: Hello;
  /** Ends the daemon's process, once what is under way has been answered. */
  readonly onShutdown: () => void;
  /** Closes what the supervisor stands on, after the missions were let go. */
  readonly release: () => Promise<void>;
}

/** All missions of one home, and what can be asked of them. */
export class Supervisor implements DaemonContext {
  readonly paths: HomePaths;
  readonly #parts: SupervisorParts;
  readonly #store: Store;
  readonly #index: MissionIndex;
  readonly #launcher: MissionLauncher;
  readonly #startedAt: number;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.paths = parts.paths;
    this.#store = parts.store;
    this.#index = new MissionIndex(parts.store);
    this.#launcher = new MissionLauncher({
      index: this.#index,
      store: parts.store,
      surroundings: parts.surroundings,
      remove: (id) => this.remove(id),
    });
    this.#startedAt = parts.clock.monotonic();
  }

  hello(): Hello {
    return this.#parts.hello;
  }

  status(): DaemonStatus {
    const uptimeMs = this.#parts.clock.monotonic() - this.#startedAt;
    return daemonStatus(this.#parts.hello, uptimeMs, this.#store.missions.countByStatus(), this.#index.live());
  }

  async shutdown({ kill }: { kill: boolean }): Promise<{ live: number }> {
    this.#parts.actor.send({ type: "shutdown.requested" });
    if (kill) await endAll(this.#index, "stop", "shutdown");
    const live = this.#index.liveCount;
    this.#parts.onShutdown();
    return { live };
  }

  run(request: RunRequest): { id: string; name: string } {
    this.#refuseWhenClosing();
    return this.#launcher.run(request);
  }

  /** Takes up a mission of a former daemon. */
  resume(row: MissionRow, resume: Resume, isIntended: boolean): void {
    this.#launcher.launch(row, resume, isIntended);
  }

  find(reference: string): MissionView {
    const row = this.#index.row(reference);
    return this.#index.view(row);
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

  async restart(reference: string, { by }: { by: string }): Promise<void> {
    const row = this.#index.row(reference);
    const live = this.#index.findLive(row.id);
    const former = row.attempt;
    if (live === undefined) this.#refuseWhenClosing();
    const mission = live ?? this.#launcher.revive(row);
    if (live !== undefined) live.request({ type: "restart.requested", by });
    await mission.until((now) => isFinal(now.status) || (now.attempt > former && now.status !== "starting"));
  }

  signal(reference: string, signal: string, { by }: { by: string }): void {
    const name = signalName(signal, "signal");
    const mission = this.#running(reference);
    if (mission.attempt?.agent == null || !mission.attempt.signalGroup(name)) throw new OvermindError("not_running");
    mission.noteSignal(name, by);
  }

  async wait(reference: string, options: { for?: readonly Status[] | undefined; signal: AbortSignal }): Promise<WaitResult> {
    const row = this.#index.row(reference);
    const mission = this.#index.findLive(row.id);
    if (mission === undefined) return waitResult(row);
    await mission.until((now) => isFinal(now.status) || options.for?.includes(now.status) === true, options.signal);
    return waitResult(mission.row);
  }

  remove(reference: string): void {
    const row = this.#index.row(reference);
    if (!isFinal(row.status) || this.#index.findLive(row.id) !== undefined) {
      throw new OvermindError("still_live", `mission ${row.name} (${row.id}) has not ended yet`, {
        details: { id: row.id, status: row.status },
        hint: `Stop it first: overmind stop ${row.name}`,
      });
    }
    const { journal } = this.#parts.surroundings;
    journal.intend([{ ...journal.fact(row.id, { type: "mission.removed" }), removes: true }]);
    this.#parts.surroundings.monitor.forget(row.id);
    removeMissionFiles(this.paths, row.id);
  }

  prune({ olderThanMs, statuses }: { olderThanMs?: number | undefined; statuses?: readonly Status[] | undefined }): string[] {
    const before = this.#parts.clock.now() - (olderThanMs ?? 0);
    const ended = this.#store.missions.finished({ statuses: statuses?.filter(isFinal) });
    const ids = ended.filter((row) => olderThanMs === undefined || (row.ended_at ?? 0) <= before).map((row) => row.id);
    for (const id of ids) this.remove(id);
    return ids;
  }

  async writeStdin(reference: string, bytes: Buffer): Promise<void> {
    const mission = this.#running(reference);
    await mission.until((row) => row.status !== "starting");
    if (mission.attempt === null) throw new OvermindError("not_running");
    await mission.attempt.writeStdin(bytes);
  }

  async closeStdin(reference: string): Promise<void> {
    const mission = this.#running(reference);
    await mission.until((row) => row.status !== "starting");
    await mission.attempt?.closeStdin();
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

  leftovers(reference: string): readonly Leftover[] {
    const row = this.#index.row(reference);
    return this.#store.attempts.of(row.id).at(-1)?.leftovers ?? [];
  }

  /** Lets go of every mission; their agents run on, and the next daemon takes them up. */
  async close(): Promise<void> {
    const { actor, surroundings, release } = this.#parts;
    actor.send({ type: "shutdown.requested" });
    const live = this.#index.liveCount;
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
