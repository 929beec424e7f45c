import { statSync } from "node:fs";
import type { AttemptPaths } from "../base/paths.ts";
import { GrowthWatch } from "./growth-watch.ts";
import { Retention, type RetentionOptions } from "./retention.ts";
import { SlowRescan } from "./slow-rescan.ts";
import { TimeIndexWriter } from "./time-index.ts";

export interface OutputMonitorOptions {
  /** Bytes of output that one mission keeps. */
  readonly logMaxBytes: number;
  readonly punch: RetentionOptions["punch"];
  /** Epoch ms. */
  readonly now?: () => number;
}

/** One attempt's output while it is watched. */
export interface OutputWatch {
  /** Bytes seen so far. */
  size(): number;
  /** Epoch ms of the newest output, also of output that an earlier daemon saw; null when there is none. */
  lastActivity(): number | null;
  /** Calls at each growth; answers how to stop that. */
  onGrew(listener: (size: number, time: number) => void): () => void;
  /** Looks now, and tells of growth before it returns. */
  look(): void;
  /** Someone follows: growth is told soon, see `Pace`, until the answered function is called. */
  follow(): () => void;
  /** The attempt has ended: looks for the last time, completes the index, stops watching. */
  finish(): void;
  /** Stops watching, the attempt may go on; a later daemon opens it as adopted. */
  close(): void;
  /** Resolves when nothing is being dropped. */
  settled(): Promise<void>;
}

// Missions that restart are opened again and again; beyond this many the sizes of their old
// attempts are measured anew.
const rememberedMissions = 1000;

/** Watches the output of running attempts: notes when it grew, tells who asks, keeps the limit. */
export class OutputMonitor {
  readonly #options: OutputMonitorOptions;
  readonly #rescan = new SlowRescan();
  readonly #retentions = new Map<string, Retention>();

  constructor(options: OutputMonitorOptions) {
    this.#options = options;
  }

  /**
   * Watches an attempt's output; also for an attempt that ended while no daemon ran (then `finish` at once).
   *
   * @param mission its id
   * @param attempts the mission's attempts, oldest first; `current` may be among them
   * @param adopted output that no index record covers was written while nobody watched
   */
  open(mission: string, attempts: readonly AttemptPaths[], current: AttemptPaths, options: { adopted: boolean }): OutputWatch {
    const older = attempts.filter(({ output }) => output !== current.output);
    const retention = this.#retentionOf(mission, older);
    retention.begin(current);
    const now = this.#options.now ?? Date.now;
    return new WatchedOutput({ paths: current, retention, rescan: this.#rescan, now, adopted: options.adopted });
  }

  /** The mission was removed, or will not be opened again soon. */
  forget(mission: string): void {
    this.#retentions.delete(mission);
  }

  #retentionOf(mission: string, older: readonly AttemptPaths[]): Retention {
    const known = this.#retentions.get(mission);
    const { logMaxBytes: maxBytes, punch } = this.#options;
    const retention = known?.attemptCount === older.length ? known : new Retention({ maxBytes, punch }, older);
    this.#retentions.delete(mission);
    this.#retentions.set(mission, retention);
    if (this.#retentions.size > rememberedMissions) this.#forgetOldest();
    return retention;
  }

  #forgetOldest(): void {
    const [oldest] = this.#retentions.keys();
    if (oldest !== undefined) this.forget(oldest);
  }
}

interface Watched {
  readonly paths: AttemptPaths;
  readonly retention: Retention;
  readonly rescan: SlowRescan;
  readonly now: () => number;
  readonly adopted: boolean;
}

class WatchedOutput implements OutputWatch {
  readonly #retention: Retention;
  readonly #index: TimeIndexWriter;
  readonly #watch: GrowthWatch;
  readonly #listeners = new Set<(size: number, time: number) => void>();
  #followers = 0;
  #lastActivity: number | null;
  #isClosed = false;

  constructor({ paths, retention, rescan, now, adopted }: Watched) {
    this.#retention = retention;
    this.#index = new TimeIndexWriter(paths.times);
    const file = statSync(paths.output, { throwIfNoEntry: false });
    const size = file?.size ?? 0;
    const isUnseen = size > (this.#index.last?.end ?? 0);
    if (isUnseen) this.#index.note(size, now(), adopted);
    // The index carries the time of adoption; the file itself knows better when it grew last.
    this.#lastActivity = isUnseen && file ? Math.min(file.mtimeMs, now()) : (this.#index.last?.time ?? null);
    retention.grew(size, this.#index.bytes);
    this.#watch = new GrowthWatch({ path: paths.output, size, rescan, now, grew: (grown, time) => this.#grew(grown, time) });
  }

  size(): number {
    return this.#watch.size;
  }

  lastActivity(): number | null {
    return this.#lastActivity === null ? null : Math.round(this.#lastActivity);
  }

  onGrew(listener: (size: number, time: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  look(): void {
    this.#watch.look();
  }

  follow(): () => void {
    let isFollowing = true;
    this.#setFollowers(this.#followers + 1);
    return () => {
      if (isFollowing) this.#setFollowers(this.#followers - 1);
      isFollowing = false;
    };
  }

  finish(): void {
    if (this.#isClosed) return;
    this.#watch.look();
    this.close();
    this.#retention.end();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#index.flush();
    this.#watch.close();
  }

  settled(): Promise<void> {
    return this.#retention.settled();
  }

  #setFollowers(count: number): void {
    this.#followers = count;
    if (!this.#isClosed) this.#watch.setFollowed(count > 0);
  }

  #grew(size: number, time: number): void {
    this.#lastActivity = time;
    this.#index.note(size, time);
    this.#retention.grew(size, this.#index.bytes);
    for (const listener of this.#listeners) listener(size, time);
  }
}
