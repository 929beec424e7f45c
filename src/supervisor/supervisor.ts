import type { Clock } from "../base/clock.ts";
import { OvermindError } from "../base/errors.ts";
import type { Resume } from "../mission/machine-types.ts";
import type { MissionRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import type { SupervisorActor } from "./machine.ts";
import { MissionIndex } from "./mission-index.ts";
import { MissionLauncher } from "./mission-launcher.ts";
import { MissionMaker } from "./mission-maker.ts";
import { MissionQueue } from "./queue/mission-queue.ts";
import { removeMission } from "./remove-mission.ts";
import { BudgetKeeper } from "./spending/budget-keeper.ts";
import type { Surroundings } from "./surroundings.ts";
import { TakeOvers } from "./talk/take-overs.ts";

export interface SupervisorParts {
  readonly clock: Clock;
  readonly store: Store;
  readonly surroundings: Surroundings;
  readonly actor: SupervisorActor;
}

/**
 * Holds all missions of one home: takes up those of the former daemon, and lets go of all for the
 * next one. What can be asked of them meanwhile is in `daemon-desk.ts`.
 */
export class Supervisor {
  readonly index: MissionIndex;
  readonly launcher: MissionLauncher;
  readonly maker: MissionMaker;
  readonly queue: MissionQueue;
  readonly budgets: BudgetKeeper;
  readonly takeOvers: TakeOvers;
  readonly #parts: SupervisorParts;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    const { store, surroundings } = parts;
    this.index = new MissionIndex(store);
    const home = { index: this.index, store, surroundings };
    this.takeOvers = new TakeOvers(this.index, parts.clock, surroundings.log);
    this.budgets = new BudgetKeeper(home);
    this.queue = new MissionQueue({ ...home, keptFrom: (row) => this.launcher.keptFrom(row) });
    this.launcher = new MissionLauncher({
      ...home,
      queue: this.queue,
      budgets: this.budgets,
      newId: () => this.maker.newId(),
      make: (request, id) => this.maker.run(request, id),
      remove: (id) => this.remove(id),
      refuseWhenClosing: () => this.refuseWhenClosing(),
    });
    this.maker = new MissionMaker({ ...home, queue: this.queue, launcher: this.launcher });
  }

  /** Takes up a mission of a former daemon. */
  resume(row: MissionRow, resume: Resume, isIntended: boolean): void {
    this.launcher.launch(row, resume, isIntended);
  }

  /** Begins to release queued missions: `held` are those that are not taken up and may hold slots nevertheless. */
  openQueue(held: readonly string[]): void {
    for (const id of held) this.queue.hold(this.index.row(id));
    this.queue.open();
  }

  /** Every mission of a former daemon is taken up; `found` are those that had not ended. */
  openTree(found: readonly string[]): void {
    this.launcher.tree.recovered(found);
    this.budgets.recovered();
    this.takeOvers.recovered();
  }

  /**
   * Forgets a finished mission.
   *
   * @throws OvermindError not_found, still_live
   */
  remove(reference: string): void {
    removeMission(this.index.row(reference), this.#parts.surroundings);
  }

  /** From now on nothing is begun. */
  beginClosing(): void {
    this.#parts.actor.send({ type: "shutdown.requested" });
  }

  /** @throws OvermindError shutting_down */
  refuseWhenClosing(): void {
    if (!this.#parts.actor.getSnapshot().matches("closing")) return;
    throw new OvermindError("shutting_down", "the daemon is shutting down", { hint: "Run the command again." });
  }

  /** Lets go of every mission; their agents run on, and the next daemon takes them up. */
  close(): void {
    const { actor, surroundings } = this.#parts;
    this.beginClosing();
    const live = this.index.liveCount;
    this.queue.close();
    this.takeOvers.close();
    for (const mission of this.index.live()) mission.leave();
    actor.stop();
    const { journal } = surroundings;
    journal.note([journal.daemonFact({ type: "daemon.stopped", pid: process.pid, live })]);
  }
}
