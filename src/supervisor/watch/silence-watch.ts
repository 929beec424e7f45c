import type { Clock, Timer } from "../../base/clock.ts";
import type { StallFindings } from "../../events/domain-event.ts";
import type { TreeUsage } from "../../runner/tree-usage.ts";

export interface SilenceParts {
  readonly clock: Clock;
  /** How long silence may last. */
  readonly limitMs: number;
  /** Calls at each growth of the output; answers how to stop that. */
  readonly onGrew: (listener: () => void) => () => void;
  /** Looks at the output now, past any event that is still on its way: growth is told before it returns. */
  readonly look: () => void;
  /** What the tree uses; null when it cannot be measured. */
  readonly measure: () => Promise<TreeUsage | null>;
  readonly tell: (silentMs: number, findings: StallFindings) => void;
}

// Evidence is for people: what ends a silent attempt does not wait longer for it.
const longestMeasureMs = 1000;

/**
 * Tells once per silence that an attempt printed nothing for its limit. Silence is measured on the
 * monotonic clock from the last growth that this watch saw, at the earliest from its own
 * beginning: a pause, another attempt, and the time in which no daemon ran never count.
 *
 * A growth costs an assignment: the timer is not moved, it looks when it fires how much silence is
 * still to come. The tree is measured at the beginning, at half the limit and at the end of a
 * silence, so what its findings count is at least half of it.
 */
export class SilenceWatch {
  readonly #parts: SilenceParts;
  readonly #stopListening: () => void;
  #lastGrowth: number;
  /** The tree at some moment of this silence. */
  #before: TreeUsage | null = null;
  #hasTold = false;
  #timer: Timer | null = null;
  #isClosed = false;

  constructor(parts: SilenceParts) {
    this.#parts = parts;
    this.#lastGrowth = parts.clock.monotonic();
    this.#stopListening = parts.onGrew(() => this.#grew());
    void this.#measureBefore();
    this.#wait();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#stopListening();
  }

  #grew(): void {
    this.#lastGrowth = this.#parts.clock.monotonic();
    this.#before = null;
    if (!this.#hasTold) return;
    this.#hasTold = false;
    this.#wait();
  }

  get #silentMs(): number {
    return this.#parts.clock.monotonic() - this.#lastGrowth;
  }

  #wait(): void {
    if (this.#isClosed) return;
    const { clock, limitMs } = this.#parts;
    const next = this.#before === null && this.#silentMs < limitMs / 2 ? limitMs / 2 : limitMs;
    this.#timer?.cancel();
    this.#timer = clock.after(Math.max(1, next - this.#silentMs), () => void this.#wake());
  }

  async #wake(): Promise<void> {
    const { limitMs, look } = this.#parts;
    if (this.#silentMs >= limitMs) look();
    if (this.#silentMs >= limitMs) {
      await this.#report();
      return;
    }
    if (this.#silentMs >= limitMs / 2 && this.#before === null) void this.#measureBefore();
    this.#wait();
  }

  async #measureBefore(): Promise<void> {
    const growth = this.#lastGrowth;
    const usage = await this.#parts.measure();
    if (growth === this.#lastGrowth) this.#before ??= usage;
  }

  async #report(): Promise<void> {
    const growth = this.#lastGrowth;
    const now = await this.#measureInTime();
    if (this.#isClosed) return;
    if (growth !== this.#lastGrowth) {
      this.#wait();
      return;
    }
    this.#hasTold = true;
    this.#parts.tell(Math.round(this.#silentMs), findings(this.#before, now));
  }

  #measureInTime(): Promise<TreeUsage | null> {
    return new Promise((resolve) => {
      const late = this.#parts.clock.after(longestMeasureMs, () => resolve(null));
      void this.#parts.measure().then((usage) => {
        late.cancel();
        resolve(usage);
      });
    });
  }
}

/** What happened in a tree between two looks; null where one of them failed. */
export function findings(before: TreeUsage | null, now: TreeUsage | null): StallFindings {
  if (now === null) return { cpu_ms: null, children_born: null, processes: null };
  if (before === null) return { cpu_ms: null, children_born: null, processes: now.processes.length };
  const known = new Set(before.processes.map(({ pid, start }) => `${pid} ${start}`));
  const born = now.processes.filter(({ pid, start }) => !known.has(`${pid} ${start}`));
  // Who ended without being waited for takes its time along: then less than before is none.
  return { cpu_ms: Math.max(0, now.cpuMs - before.cpuMs), children_born: born.length, processes: now.processes.length };
}
