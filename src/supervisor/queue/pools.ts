import { isoTime } from "../../base/clock.ts";
import type { DaemonLog } from "../../base/daemon-log.ts";
import { OvermindError } from "../../base/errors.ts";
import { faultPoint } from "../../base/fault-points.ts";
import type { PoolEvent } from "../../events/domain-event.ts";
import type { PoolView } from "../../protocol/messages.ts";
import type { PoolRow } from "../../store/pool-table.ts";
import type { Store } from "../../store/store.ts";
import type { Journal } from "../journal.ts";
import { writePools } from "./pools-file.ts";
import type { Pool } from "./queue-rule.ts";

export interface PoolsParts {
  readonly store: Store;
  readonly journal: Journal;
  readonly log: DaemonLog;
  /** Where they are written beside the database. */
  readonly path: string;
  /** Epoch ms. */
  readonly now: () => number;
  readonly useOf: (name: string) => { used: number; queued: number };
  readonly onChange: (name: string) => void;
}

/** The pools of a home: how many of their missions may be under way at once. */
export class Pools {
  readonly #parts: PoolsParts;
  readonly #rows: Map<string, PoolRow>;

  constructor(parts: PoolsParts) {
    this.#parts = parts;
    this.#rows = new Map(parts.store.pools.all().map((row) => [row.name, row]));
    if (this.#rows.size > 0) this.#write();
  }

  find(name: string): Pool | undefined {
    const row = this.#rows.get(name);
    return row && { name, slots: row.slots, isPaused: row.paused, createdAt: row.created_at };
  }

  /** By name. */
  list(): PoolView[] {
    return [...this.#rows.keys()].sort().map((name) => this.#view(this.#row(name)));
  }

  /** Makes a pool, or changes its slots at once; of what holds one nothing is ended. */
  set(name: string, slots: number): PoolView {
    const former = this.#rows.get(name);
    const row = { name, slots, paused: former?.paused ?? false, created_at: former?.created_at ?? this.#parts.now() };
    return this.#store(row, { type: "pool.set", pool: name, slots });
  }

  /**
   * Keeps its slots from whoever waits, or gives them again.
   *
   * @throws OvermindError not_found
   */
  setPaused(name: string, paused: boolean): PoolView {
    const row = this.#row(name);
    if (row.paused === paused) return this.#view(row);
    return this.#store({ ...row, paused }, { type: paused ? "pool.paused" : "pool.unpaused", pool: name });
  }

  /**
   * Forgets a pool. What still waits for its slots goes on waiting, until a pool of this name is made.
   *
   * @throws OvermindError not_found, and still_live while a mission uses it, unless `force`
   */
  remove(name: string, { force }: { force: boolean }): void {
    this.#row(name);
    const { used, queued } = this.#parts.useOf(name);
    if (used + queued > 0 && !force) {
      throw new OvermindError("still_live", `pool ${name} is used: ${used} of its missions run, ${queued} wait`, {
        details: { pool: name, used, queued },
        hint: "Wait until they have ended, or remove it nevertheless with --force: then those that wait do not start.",
      });
    }
    const { journal, onChange } = this.#parts;
    journal.intend([{ ...journal.daemonFact({ type: "pool.removed", pool: name }), removesPool: name }]);
    this.#rows.delete(name);
    this.#write();
    onChange(name);
  }

  #store(row: PoolRow, event: PoolEvent): PoolView {
    const { journal, onChange } = this.#parts;
    journal.intend([{ ...journal.daemonFact(event), pool: row }]);
    FAULT: faultPoint("after_pool");
    this.#rows.set(row.name, row);
    this.#write();
    onChange(row.name);
    return this.#view(row);
  }

  #write(): void {
    try {
      writePools(this.#parts.path, [...this.#rows.values()]);
    } catch (error) {
      this.#parts.log.warn({ err: error }, "the pools could not be written beside the database");
    }
  }

  #row(name: string): PoolRow {
    const row = this.#rows.get(name);
    if (row !== undefined) return row;
    throw new OvermindError("not_found", "no pool has that name", {
      details: { pool: name },
      hint: `No pool is called '${name}'. See: overmind pool ls`,
    });
  }

  #view({ name, slots, paused, created_at }: PoolRow): PoolView {
    return { name, slots, ...this.#parts.useOf(name), paused, created_at: isoTime(created_at) };
  }
}
