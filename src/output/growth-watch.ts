import { type FSWatcher, statSync, watch } from "node:fs";
import { Pace } from "./pace.ts";
import type { SlowRescan } from "./slow-rescan.ts";

export interface GrowthWatchOptions {
  readonly path: string;
  /** Bytes known already. */
  readonly size: number;
  readonly rescan: SlowRescan;
  /** Epoch ms. */
  readonly now: () => number;
  /** The file has `size` bytes now, more than ever before; first seen at `time` (epoch ms). */
  readonly grew: (size: number, time: number) => void;
}

const gapMs = 50;
const soonMs = 5;
const longestPollMs = 250;
// More than this within a gap: look oftener, so that retention keeps up with the writer.
const fastBytes = 4 * 1024 * 1024;

/**
 * Tells when one file grows. A quiet file is watched, a busy one is looked at once per gap: a
 * standing fs.watch costs a callback per write(2), which was slower than the writer itself.
 * A file that cannot be watched (no inotify left, not there yet) is looked at more and more rarely.
 */
export class GrowthWatch {
  readonly #options: GrowthWatchOptions;
  readonly #leaveRescan: () => void;
  #size: number;
  readonly #pace = new Pace();
  #isFollowed = false;
  #isClosed = false;
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout | null = null;
  #pollMs = gapMs;

  /** Begins with a gap, so that an attempt shorter than that costs no watch at all. */
  constructor(options: GrowthWatchOptions) {
    this.#options = options;
    this.#size = options.size;
    this.#leaveRescan = options.rescan.join(() => this.look());
    this.#wait(gapMs);
  }

  get size(): number {
    return this.#size;
  }

  /** Someone follows: growth is told within 5 ms instead of 50, of what grows all the time within 18. */
  setFollowed(isFollowed: boolean): void {
    this.#isFollowed = isFollowed;
    if (isFollowed && this.#timer !== null) this.#wait(soonMs);
  }

  /** Looks now; answers by how many bytes the file grew. */
  look(): number {
    if (this.#isClosed) return 0;
    const size = sizeOf(this.#options.path);
    const grown = size - this.#size;
    if (grown <= 0) return 0;
    this.#size = size;
    this.#options.grew(size, this.#options.now());
    return grown;
  }

  close(): void {
    this.#isClosed = true;
    this.#leaveRescan();
    this.#disarm();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #wait(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => this.#afterGap(), ms).unref();
  }

  #afterGap(): void {
    this.#timer = null;
    const before = this.look();
    if (before > 0) this.#wait(this.#gapAfter(before));
    else if (this.#arm()) this.#lookOnceArmed();
    else this.#wait(this.#nextPoll());
  }

  #lookOnceArmed(): void {
    // What came between the first look and the watch has no event.
    const meanwhile = this.look();
    if (meanwhile > 0) this.#rest(meanwhile);
  }

  #rest(grown: number): void {
    this.#disarm();
    this.#wait(this.#gapAfter(grown));
  }

  #gapAfter(grown: number): number {
    this.#pollMs = gapMs;
    if (grown > fastBytes) return soonMs;
    if (!this.#isFollowed) return gapMs;
    const now = performance.now();
    if (grown > 0) this.#pace.grew(now);
    return this.#pace.gapMs(now);
  }

  #nextPoll(): number {
    const ms = this.#pollMs;
    this.#pollMs = this.#isFollowed ? gapMs : Math.min(longestPollMs, ms * 2);
    return ms;
  }

  /** False when refused: ENOSPC and EMFILE (inotify limits), ENOENT. */
  #arm(): boolean {
    if (this.#isClosed) return true;
    try {
      this.#watcher = watch(this.#options.path, { persistent: false }, () => this.#fired());
      this.#watcher.on("error", () => this.#rest(0));
      return true;
    } catch {
      return false;
    }
  }

  #fired(): void {
    if (this.#watcher === null) return;
    this.#disarm();
    this.#wait(this.#gapAfter(this.look()));
  }

  #disarm(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }
}

/** Bytes of the file; 0 when it is not there. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
