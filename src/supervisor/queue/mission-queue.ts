import type { MissionSpec, QueueSpec } from "../../mission/spec.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { Store } from "../../store/store.ts";
import type { LiveMission } from "../live-mission.ts";
import type { MissionIndex } from "../mission-index.ts";
import { ageOf } from "../row-timing.ts";
import { momentOf, type Surroundings } from "../surroundings.ts";
import { Pools } from "./pools.ts";
import { Queue } from "./queue.ts";
import { checkPool } from "./queue-admission.ts";
import { type Dependency, dependencyOf } from "./queue-rule.ts";
import type { QueueWaiting } from "./queue-types.ts";

export interface QueueHome {
  readonly index: MissionIndex;
  readonly store: Store;
  readonly surroundings: Surroundings;
  /** What keeps a mission from starting when its turn has come: a limit, a spent budget; null: nothing. */
  readonly keptFrom: (row: MissionRow) => QueueWaiting | null;
}

/** The queue and the pools of a home, joined to its missions. */
export class MissionQueue {
  /** Tells a released mission what keeps it still; null: nothing does, it starts. */
  readonly #keptFrom: (row: MissionRow) => QueueWaiting | null;
  readonly pools: Pools;
  readonly #queue: Queue;
  readonly #index: MissionIndex;
  readonly #store: Store;
  readonly #surroundings: Surroundings;

  constructor({ index, store, surroundings, keptFrom }: QueueHome) {
    this.#keptFrom = keptFrom;
    const { clock, journal, log, paths } = surroundings;
    this.#index = index;
    this.#store = store;
    this.#surroundings = surroundings;
    this.#queue = new Queue({
      clock,
      pool: (name) => this.pools.find(name),
      dependency: (id) => this.#dependency(id),
      gather: (work) => journal.gather(work),
      soon: (run) => setImmediate(run),
    });
    this.pools = new Pools({
      store,
      journal,
      log,
      path: paths.pools,
      now: () => clock.now(),
      useOf: (name) => this.#queue.useOf(name),
      onChange: (name) => this.#queue.poolChanged(name),
    });
  }

  /** Why a mission that is about to be made will wait. */
  foresee(queue: QueueSpec, createdAt: number): QueueWaiting {
    return this.#queue.foresee(queue, createdAt);
  }

  /**
   * What a mission that has ended waits for when it is to start again; null: nothing. What it
   * waited for at first is over, or somebody decided not to wait for it.
   *
   * @throws OvermindError invalid_argument when its pool is not there any more
   */
  foreseeAgain({ queue }: MissionSpec): QueueWaiting | null {
    if (queue == null || queue.pool === null) return null;
    checkPool(queue.pool, { isPoolKnown: (name) => this.pools.find(name) !== undefined });
    return { waitingFor: "slot", until: null, note: `waits for a slot of pool ${queue.pool}` };
  }

  /** A mission that lives and does not wait keeps a slot of its pool, until it has ended. */
  hold({ id, spec }: { readonly id: string; readonly spec: unknown }): void {
    const pool = (spec as MissionSpec).queue?.pool;
    if (pool != null) this.#queue.hold(id, pool);
  }

  add(mission: LiveMission): void {
    const { id, spec, row } = mission;
    if (spec.queue == null) return;
    this.#queue.add({
      id,
      queue: spec.queue,
      createdAt: row.created_at,
      ageMs: () => ageOf(row, spec, momentOf(this.#surroundings), this.#surroundings.clock.now()),
      attempt: row.attempt,
      waitingFor: row.waiting_for,
      isQueued: () => mission.row.status === "queued",
      tell: (fact) => {
        const kept = fact.type === "queue.released" ? this.#keptFrom(mission.row) : null;
        mission.decide(kept === null ? fact : { type: "queue.moved", ...kept });
      },
    });
  }

  ended(row: MissionRow): void {
    this.#queue.ended(dependencyOf(row, false));
  }

  /** Begins to release, once every mission of a former daemon has been taken up. */
  open(): void {
    this.#queue.open();
  }

  close(): void {
    this.#queue.close();
  }

  #dependency(id: string): Dependency {
    const row = this.#index.findLive(id)?.row ?? this.#store.missions.byId(id);
    if (row !== undefined) return dependencyOf(row, !isFinal(row.status));
    // Removed: the log may still know how it ended.
    const end = this.#store.events.last(id, "mission.ended")?.data as Pick<MissionRow, "status" | "reason"> | undefined;
    if (end === undefined) return { id, name: id, standing: "unknown", end: "" };
    return dependencyOf({ id, name: id, status: end.status, reason: end.reason }, false);
  }
}
