import type { Clock, Timer } from "../base/clock.ts";
import type { Store } from "../store/store.ts";
import type { DaemonLog } from "./daemon-log.ts";
import type { LiveSettings } from "./live-settings.ts";
import type { Supervisor } from "./supervisor.ts";

const everyMs = 60_000;
const dayMs = 86_400_000;
// A long list is worked off in pieces, so that nobody waits for it.
const atOnce = 50;
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

  constructor(parts: PrunerParts) {
    this.#parts = parts;
    this.#timer = parts.clock.after(0, () => this.#prune());
  }

  close(): void {
    this.#timer.cancel();
  }

  #prune(): void {
    const { clock, log } = this.#parts;
    let isMore = false;
    try {
      isMore = this.#pruneSome();
    } catch (error) {
      log.error({ err: error }, "finished missions cannot be pruned");
    }
    this.#timer = clock.after(isMore ? 0 : everyMs, () => this.#prune());
  }

  #pruneSome(): boolean {
    const { supervisor, store, clock } = this.#parts;
    const settings = this.#parts.settings.current;
    const ids = store.missions.outlived(settings.keep_finished, clock.now() - settings.keep_days * dayMs);
    for (const id of ids.slice(0, atOnce)) supervisor.remove(id);
    if (ids.length <= atOnce) {
      this.#pruneEvents(settings.events_keep);
      store.turns.prune(clock.now() - settings.usage_keep_days * dayMs);
      this.#parts.shortenEnds();
    }
    return ids.length > atOnce;
  }

  /** Hooks are waited for, but not for ever: one that cannot keep up must not fill the disk. */
  #pruneEvents(keep: number): void {
    const { events, hooks } = this.#parts.store;
    const slowest = hooks.lowestCursor() ?? Number.MAX_SAFE_INTEGER;
    events.prune(keep, Math.max(slowest, events.lastSeq() - keep - heldForHooks));
  }
}
