import { OvermindError } from "../base/errors.ts";
import { faultPoint } from "../base/fault-points.ts";
import { newMissionId, newMissionName } from "../base/ids.ts";
import { noHistory } from "../events/domain-event.ts";
import type { Resume } from "../mission/machine-types.ts";
import type { MissionSpec } from "../mission/spec.ts";
import { terminalProblem } from "../runner/tmux.ts";
import { type MissionRow, newAttempt } from "../store/rows.ts";
import type { Fact, Store } from "../store/store.ts";
import { type AdmissionDesk, admit } from "./admission.ts";
import type { ApplyRequest, GroupRequest, RunRequest } from "./daemon-context.ts";
import { environmentBytes } from "./environment.ts";
import { LaunchBatch } from "./launch-batch.ts";
import { LiveMission, type Surroundings } from "./live-mission.ts";
import { makeMissionFiles, removeMissionFiles } from "./mission-files.ts";
import type { MissionIndex } from "./mission-index.ts";
import { newRow } from "./new-row.ts";
import { admitPipeline } from "./pipeline/admit-pipeline.ts";
import type { AgentUpdate } from "./pipeline/change-rule.ts";
import { PipelineChanger } from "./pipeline/pipeline-changer.ts";
import { PipelineDesk } from "./pipeline/pipeline-desk.ts";
import { Pipelines } from "./pipeline/pipelines.ts";
import { writePipeline } from "./pipeline/stored.ts";
import type { MissionQueue } from "./queue/mission-queue.ts";
import type { QueueWaiting } from "./queue/queue-types.ts";
import { queuedAgain, queuedEvent, queuedRow } from "./queue/queued-row.ts";
import type { BudgetKeeper } from "./spending/budget-keeper.ts";
import { sparing } from "./spending/sparing.ts";
import { type Kin, momentOf } from "./surroundings.ts";
import { agentEnvironment } from "./talk/agent-admission.ts";
import { admitGroup } from "./tree/admit-group.ts";
import { MissionTree } from "./tree/mission-tree.ts";

// A copy: reading process.env asks the system for each name.
const ownEnvironment = { ...process.env };

export interface LauncherParts {
  readonly index: MissionIndex;
  readonly queue: MissionQueue;
  readonly store: Store;
  readonly surroundings: Surroundings;
  readonly budgets: BudgetKeeper;
  readonly remove: (id: string) => void;
  /** @throws OvermindError shutting_down */
  readonly refuseWhenClosing: () => void;
}

/** Brings missions to life, new ones and those of former daemons, and lets go of them at their end. */
export class MissionLauncher {
  readonly tree: MissionTree;
  readonly pipelines: PipelineDesk;
  readonly #changer: PipelineChanger;
  readonly #parts: LauncherParts;
  readonly #batch: LaunchBatch;
  readonly #kin: Kin;

  constructor(parts: LauncherParts) {
    this.#parts = parts;
    this.#batch = new LaunchBatch({
      store: (specs) => parts.surroundings.journal.intend(specs.flatMap((spec) => this.#firstFacts(spec))),
      launch: (spec) => this.#launchFirst(spec),
      discard: (spec) => this.#discard(spec),
    });
    // Whoever looks finds all that was asked for before.
    parts.index.beforeLook(() => this.#batch.flush());
    const { index, surroundings, budgets } = parts;
    const pipelines = new Pipelines({
      index,
      surroundings,
      newId: () => this.#desk().newId(),
      run: (request, id) => this.run(request, id),
      whenRecovered: (work) => this.tree.whenRecovered(work),
      liveChildren: (id) => this.tree.liveCount(id),
    });
    this.#changer = new PipelineChanger({ index, surroundings, pipelines });
    const revive = (row: MissionRow, history?: MissionRow["history"]) => this.revive(row, history);
    this.pipelines = new PipelineDesk({ index, surroundings, revive, refuseWhenClosing: parts.refuseWhenClosing });
    this.tree = new MissionTree({ index, surroundings, revive: (row) => this.revive(row), pipelines });
    this.#kin = {
      membersOf: (mission) => this.tree.membersOf(mission),
      mayRestart: (mission, attempt) => this.tree.mayRestart(mission, attempt),
      awaitTurn: (mission, start) => this.tree.awaitTurn(mission, start),
      keptFrom: ({ spec, row }) => surroundings.limits.keptFrom(spec) ?? budgets.keptFrom(row),
    };
  }

  /**
   * Makes a mission: its files, then its row with the intent to start it, then its process.
   *
   * @param decidedId the id that it was decided to bear; a new one otherwise
   * @throws OvermindError what `admit` throws, and disk_full; then nothing is left of it
   */
  run(request: RunRequest, decidedId?: string): { id: string; name: string } {
    const spec = this.#prepare(request, decidedId);
    this.#create(spec);
    return { id: spec.id, name: spec.name };
  }

  /** As `run`, and stores it together with others that are asked for in the same turn of the event loop. */
  async runSoon(request: RunRequest): Promise<{ id: string; name: string }> {
    const spec = this.#prepare(request);
    // Whether it may start, and whether one more child fits, depends on those before it.
    if (spec.queue !== null || spec.parent !== null || this.keptFrom(newRow(spec)) !== null) {
      this.#create(spec);
    } else {
      this.#parts.index.reserve(spec);
      await this.#batch.add(spec);
    }
    return { id: spec.id, name: spec.name };
  }

  #prepare(request: RunRequest, decidedId?: string): MissionSpec {
    const { paths } = this.#parts.surroundings;
    const desk = this.#desk();
    const spec = admit(request, decidedId === undefined ? desk : { ...desk, newId: () => decidedId });
    const { id, name } = spec;
    const environment = environmentBytes({
      env: { ...(request.env ?? ownEnvironment), ...agentEnvironment(spec) },
      envBytes: request.envBytes ?? [],
      home: paths.home,
      id,
      name,
    });
    makeMissionFiles(paths, spec, environment);
    FAULT: faultPoint("after_files");
    return spec;
  }

  /**
   * Makes a mission that runs nothing and holds members.
   *
   * @throws OvermindError what `admitGroup` throws, and disk_full
   */
  group(request: GroupRequest): { id: string; name: string } {
    const spec = admitGroup(request, this.#desk());
    makeMissionFiles(this.#parts.surroundings.paths, spec, Buffer.alloc(0));
    this.#create(spec);
    return { id: spec.id, name: spec.name };
  }

  /**
   * Makes a mission that runs the agents of a blueprint, or changes the one that does already.
   *
   * @throws OvermindError what `admitPipeline`, `earlierWork` and `PipelineChanger` throw, and disk_full
   */
  apply(request: ApplyRequest): { id: string; name: string; changes?: readonly AgentUpdate[] } {
    const { paths } = this.#parts.surroundings;
    const running = this.#changer.find(request);
    if (running !== undefined) return this.#changer.change(running, request);
    const spec = admitPipeline(request, this.#desk());
    const { request: complete, take } = this.pipelines.withEarlierWork(request);
    makeMissionFiles(paths, spec, Buffer.alloc(0));
    writePipeline(paths, spec.id, complete);
    take(spec.id);
    this.#create(spec);
    return { id: spec.id, name: spec.name };
  }

  launch(row: MissionRow, resume: Resume, isIntended: boolean): LiveMission {
    const isFirst = resume.kind === "start" && row.attempt === 1;
    const attempts = isFirst ? [newAttempt(row.id, 1, row.restarts)] : this.#parts.store.attempts.of(row.id);
    const mission = new LiveMission({ row, attempts, resume, isIntended }, this.#parts.surroundings, this.#kin);
    this.#parts.index.add(mission);
    this.tree.add(mission);
    this.#followSpending(mission);
    mission.onChange(() => mission.isFinal && this.#retire(mission));
    if (resume.kind !== "queued") this.#parts.queue.hold(mission);
    mission.start();
    if (resume.kind === "queued") this.#parts.queue.add(mission);
    return mission;
  }

  #followSpending(mission: LiveMission): void {
    const { surroundings, budgets } = this.#parts;
    const limited = sparing(mission, budgets);
    surroundings.limits.add(limited);
    mission.onEvent((event) => {
      surroundings.limits.follow(limited, event);
      budgets.follow(mission, event);
    });
  }

  /**
   * Starts the next attempt of a mission that has ended.
   *
   * @param history what it begins with
   */
  revive(row: MissionRow, history: MissionRow["history"] = null): LiveMission {
    if (this.#parts.index.isNameTaken(row.name))
      throw new OvermindError("name_taken", undefined, { details: { name: row.name } });
    const waiting = this.#parts.queue.foreseeAgain(row.spec as MissionSpec);
    if (waiting !== null) return this.#queueAgain(row, waiting);
    const next: MissionRow = {
      ...row,
      status: "starting",
      attempt: row.attempt + 1,
      restarts: row.restarts + 1,
      history,
      wish: null,
    };
    return this.launch(next, { kind: "start" }, false);
  }

  #queueAgain(row: MissionRow, waiting: QueueWaiting): LiveMission {
    const { journal } = this.#parts.surroundings;
    const change = queuedAgain(row, waiting);
    journal.intend([journal.fact(row.id, queuedEvent(waiting), { mission: change })]);
    return this.launch({ ...row, ...change }, { kind: "queued" }, false);
  }

  #create(spec: MissionSpec): void {
    this.#batch.flush();
    const waiting = spec.queue === null ? this.keptFrom(newRow(spec)) : this.#parts.queue.foresee(spec.queue, spec.createdAt);
    try {
      this.#parts.surroundings.journal.intend(this.#firstFacts(spec, waiting));
    } catch (error) {
      this.#discard(spec);
      throw error;
    }
    this.#launchFirst(spec, waiting);
  }

  #firstFacts(spec: MissionSpec, waiting: QueueWaiting | null = null): Fact[] {
    const { journal } = this.#parts.surroundings;
    const created = { type: "mission.created", name: spec.name, command: spec.command, parent: spec.parent } as const;
    const starting = { type: "mission.starting", attempt: 1, restarts: 0, history: noHistory } as const;
    const next =
      waiting === null
        ? journal.fact(spec.id, starting, { attempt: { attempt: 1, restarts: 0 } })
        : journal.fact(spec.id, queuedEvent(waiting));
    return [journal.fact(spec.id, created, {}, firstRow(spec, waiting)), next];
  }

  #launchFirst(spec: MissionSpec, waiting: QueueWaiting | null = null): void {
    FAULT: faultPoint("after_intent");
    this.launch(firstRow(spec, waiting), { kind: waiting === null ? "start" : "queued" }, waiting === null);
    FAULT: faultPoint("after_start_request");
  }

  /** Leaves nothing of a mission that could not be stored. */
  #discard(spec: MissionSpec): void {
    this.#parts.index.free(spec);
    removeMissionFiles(this.#parts.surroundings.paths, spec.id);
  }

  /** What keeps a mission from starting once its turn has come; null: nothing. */
  keptFrom(row: MissionRow): QueueWaiting | null {
    const { surroundings, budgets } = this.#parts;
    const kept = surroundings.limits.keptFrom(row.spec as MissionSpec) ?? budgets.keptFrom(row);
    return kept === null || kept.waitingFor === "answer" ? null : { ...kept, waitingFor: kept.waitingFor };
  }

  #retire(mission: LiveMission): void {
    // Until its end is stored, memory is the only place that knows it.
    this.#parts.surroundings.journal.onceStored(() => {
      this.#parts.index.drop(mission);
      this.#parts.queue.ended(mission.row);
      // Whoever waits for the end reads the mission first.
      if (mission.spec.removeAfter && mission.row.status === "stopped") queueMicrotask(() => this.#removeQuietly(mission.id));
    });
  }

  #removeQuietly(id: string): void {
    try {
      this.#parts.remove(id);
    } catch (error) {
      this.#parts.surroundings.log.error({ err: error, mission: id }, "a mission could not be removed after its end");
    }
  }

  #desk(): AdmissionDesk {
    return {
      now: this.#parts.surroundings.clock.now(),
      moment: momentOf(this.#parts.surroundings),
      defaults: this.#parts.surroundings.settings.current.defaults,
      // The daemon left the directory it was started in; clients that send none mean that one.
      cwd: process.env["PWD"] ?? "/",
      newId: () => newMissionId((id) => this.#parts.index.isIdKnown(id)),
      newName: () => newMissionName((name) => this.#parts.index.isNameKnown(name)),
      isNameTaken: (name: string) => this.#parts.index.isNameTaken(name),
      isPoolKnown: (name: string) => this.#parts.queue.pools.find(name) !== undefined,
      findId: (reference: string) => this.#parts.index.findRow(reference)?.id,
      checkPlace: (parent: string) => this.tree.checkPlace(parent),
      isLiveGroup: (id: string) => this.tree.isLiveGroup(id),
      terminalProblem,
      callerId: ({ env }: RunRequest) => {
        const caller = env?.["OVERMIND_HOME"] === this.#parts.surroundings.paths.home ? env["OVERMIND_MISSION_ID"] : undefined;
        return caller === undefined ? undefined : this.#parts.store.missions.byId(caller)?.id;
      },
    };
  }
}

const firstRow = (spec: MissionSpec, waiting: QueueWaiting | null): MissionRow => ({
  ...newRow(spec),
  ...(waiting === null ? {} : queuedRow(waiting)),
});
