import { OvermindError } from "../base/errors.ts";
import type { Resume } from "../mission/machine-types.ts";
import type { MissionSpec } from "../mission/spec.ts";
import { type MissionRow, newAttempt } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import type { RunRequest } from "./daemon-context.ts";
import { LiveMission } from "./live-mission.ts";
import type { MissionIndex } from "./mission-index.ts";
import { PipelineChanger } from "./pipeline/pipeline-changer.ts";
import { PipelineDesk } from "./pipeline/pipeline-desk.ts";
import { Pipelines } from "./pipeline/pipelines.ts";
import type { MissionQueue } from "./queue/mission-queue.ts";
import type { QueueWaiting } from "./queue/queue-types.ts";
import { queuedAgain, queuedEvent } from "./queue/queued-row.ts";
import type { BudgetKeeper } from "./spending/budget-keeper.ts";
import { sparing } from "./spending/sparing.ts";
import type { Kin, Surroundings } from "./surroundings.ts";
import { MissionTree } from "./tree/mission-tree.ts";

export interface LauncherParts {
  readonly index: MissionIndex;
  readonly queue: MissionQueue;
  readonly store: Store;
  readonly surroundings: Surroundings;
  readonly budgets: BudgetKeeper;
  /** An id that no mission has or had. */
  readonly newId: () => string;
  /** Makes a mission that bears this id. */
  readonly make: (request: RunRequest, id: string) => void;
  readonly remove: (id: string) => void;
  /** @throws OvermindError shutting_down */
  readonly refuseWhenClosing: () => void;
}

/** Brings missions to life, new ones and those of former daemons, and lets go of them at their end. */
export class MissionLauncher {
  readonly tree: MissionTree;
  readonly pipelines: PipelineDesk;
  readonly changer: PipelineChanger;
  readonly #parts: LauncherParts;
  readonly #kin: Kin;

  constructor(parts: LauncherParts) {
    this.#parts = parts;
    const { index, surroundings, budgets, newId } = parts;
    const pipelines = new Pipelines({
      index,
      surroundings,
      newId,
      run: parts.make,
      whenRecovered: (work) => this.tree.whenRecovered(work),
      liveChildren: (id) => this.tree.liveCount(id),
    });
    this.changer = new PipelineChanger({ index, surroundings, pipelines });
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
}
