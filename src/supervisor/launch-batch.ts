import { type Deferred, deferred } from "../base/deferred.ts";
import type { MissionSpec } from "../mission/spec.ts";

export interface LaunchBatchParts {
  /** Stores what these missions are and that they are about to start, in one transaction. Throws when it cannot. */
  readonly store: (specs: readonly MissionSpec[]) => void;
  readonly launch: (spec: MissionSpec) => void;
  /** Undoes what was made of a mission that could not be stored. */
  readonly discard: (spec: MissionSpec) => void;
}

interface Entry {
  readonly spec: MissionSpec;
  readonly done: Deferred<void>;
}

// Enough to share a commit, too few to keep whoever forks waiting.
const most = 16;

/**
 * Missions that are asked for in the same breath are stored together: a commit costs as much as all
 * else that the database does for one of them. None waits longer than until the present turn of the
 * event loop ends, and none is answered or started before it is stored.
 */
export class LaunchBatch {
  readonly #parts: LaunchBatchParts;
  #entries: Entry[] = [];

  constructor(parts: LaunchBatchParts) {
    this.#parts = parts;
  }

  /** Resolves once the mission is stored and launched; rejects, and leaves nothing of it, when it cannot be stored. */
  add(spec: MissionSpec): Promise<void> {
    const done = deferred();
    if (this.#entries.push({ spec, done }) === 1) process.nextTick(() => this.flush());
    else if (this.#entries.length >= most) this.flush();
    return done.promise;
  }

  /** Stores and launches all that wait, now. */
  flush(): void {
    const entries = this.#entries;
    if (entries.length === 0) return;
    this.#entries = [];
    if (entries.length === 1 || !this.#isStored(entries)) for (const entry of entries) this.#one(entry);
    else for (const entry of entries) this.#launch(entry);
  }

  #isStored(entries: readonly Entry[]): boolean {
    try {
      this.#parts.store(entries.map(({ spec }) => spec));
      return true;
    } catch {
      // One of them, or all: each alone tells.
      return false;
    }
  }

  #one(entry: Entry): void {
    try {
      this.#parts.store([entry.spec]);
    } catch (error) {
      this.#parts.discard(entry.spec);
      entry.done.reject(error);
      return;
    }
    this.#launch(entry);
  }

  #launch({ spec, done }: Entry): void {
    try {
      this.#parts.launch(spec);
      done.resolve();
    } catch (error) {
      done.reject(error);
    }
  }
}
