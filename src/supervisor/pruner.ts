import type { Clock, Timer } from "../base/clock.ts";
import type { DaemonLog } from "../base/daemon-log.ts";
import type { Store } from "../store/store.ts";
import type { LiveSettings } from "./live-settings.ts";
import { removeMany } from "./remove-many.ts";
import type { Supervisor } from "./supervisor.ts";

const everyMs = 60_000;
const dayMs = 86_400_000;
const heldForHooks = 200_000;

interface PrunerParts {
  readonly supervisor: Supervisor;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: DaemonLog;
  readonly settings: LiveSettings;
  /** Leaves out of the book of ends what was removed. */
  readonly shortenEnds: () => void;
}

/** Forgets finished missions beyond `keep_finished` and `keep_days`, and events beyond `events_keep`. */
export class Pruner {
  readonly #parts: PrunerParts;
  #timer: Timer;
  #isClosed = false;

  constructor(parts: PrunerParts) {
    this.#parts = parts;
    this.#timer = parts.clock.after(0, () => void this.#prune());
  }

  close(): void {
    this.#isClosed = true;
    this.#timer.cancel();
  }

  async #prune(): Promise<void> {
    const { clock, log } = this.#parts;
    try {
      await this.#pruneMissions();
      if (!this.#isClosed) this.#pruneRest();
    } catch (error) {
      log.error({ err: error }, "finished missions cannot be pruned");
    }
    if (!this.#isClosed) this.#timer = clock.after(everyMs, () => void this.#prune());
  }

  async #pruneMissions(): Promise<void> {
    const { supervisor, store, clock, settings } = this.#parts;
    const { keep_finished, keep_days } = settings.current;
    const ids = store.missions.outlived(keep_finished, clock.now() - keep_days * dayMs);
    await removeMany(ids, { clock, remove: (id) => supervisor.remove(id), isOver: () => this.#isClosed });
  }

  #pruneRest(): void {
    const { store, clock, settings, shortenEnds } = this.#parts;
    this.#pruneEvents(settings.current.events_keep);
    store.turns.prune(clock.now() - settings.current.usage_keep_days * dayMs);
    shortenEnds();
  }

  /** Hooks are waited for, but not for ever: one that cannot keep up must not fill the disk. */
  #pruneEvents(keep: number): void {
    const { events, hooks } = this.#parts.store;
    const slowest = hooks.lowestCursor() ?? Number.MAX_SAFE_INTEGER;
    events.prune(keep, Math.max(slowest, events.lastSeq() - keep - heldForHooks));
  }
}
