import type { Clock, Timer } from "../base/clock.ts";
import type { DaemonLog } from "../base/daemon-log.ts";
import type { Store } from "../store/store.ts";
import type { LiveSettings } from "./live-settings.ts";
import { removeMany } from "./remove-many.ts";
import type { Supervisor } from "./supervisor.ts";

const missionsEveryMs = 15_000;
const restEveryMs = 60_000;
// A pass that took longer than its time is followed by the next one, but others come between.
const leastGapMs = 1000;
const dayMs = 86_400_000;
const heldForHooks = 200_000;

interface PrunerParts {
  readonly supervisor: Pick<Supervisor, "remove">;
  readonly store: Pick<Store, "missions" | "events" | "hooks" | "turns">;
  readonly clock: Clock;
  readonly log: DaemonLog;
  readonly settings: Pick<LiveSettings, "current">;
  /** Leaves out of the book of ends what was removed. */
  readonly shortenEnds: () => void;
}

/**
 * Forgets finished missions beyond `keep_finished` and `keep_days` four times a minute, and events beyond
 * `events_keep` once a minute; both count from when a pass begins, so that a slow one does not leave more to the next.
 */
export class Pruner {
  readonly #parts: PrunerParts;
  #timer: Timer;
  #restDueAt = Number.NEGATIVE_INFINITY;
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
    const beganAt = clock.monotonic();
    try {
      await this.#pruneMissions();
      if (!this.#isClosed && beganAt >= this.#restDueAt) {
        this.#restDueAt = beganAt + restEveryMs;
        this.#pruneRest();
      }
    } catch (error) {
      log.error({ err: error }, "finished missions cannot be pruned");
    }
    const leftMs = Math.max(leastGapMs, beganAt + missionsEveryMs - clock.monotonic());
    if (!this.#isClosed) this.#timer = clock.after(leftMs, () => void this.#prune());
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
