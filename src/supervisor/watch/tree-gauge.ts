import type { Clock, Timer } from "../../base/clock.ts";
import type { Attempt } from "../../runner/attempt.ts";
import type { TreeUsage } from "../../runner/tree-usage.ts";

export interface Measures {
  measure(attempts: readonly Attempt[]): Promise<Map<Attempt, TreeUsage>>;
}

interface Limit {
  readonly attempt: Attempt;
  readonly maxBytes: number;
  readonly exceeded: (bytes: number) => void;
}

const periodMs = 1000;
// A machine with very many processes is looked at more rarely, so that looking takes a twentieth of the time at most.
const restShare = 20;

/**
 * Measures the trees of attempts, and holds them to their memory limits. Nothing is measured while
 * nobody asks and no limit is set; who asks at the same time shares one look.
 */
export class TreeGauge {
  readonly #clock: Clock;
  readonly #world: Measures;
  readonly #limits = new Set<Limit>();
  #asked = new Map<Attempt, ((usage: TreeUsage | null) => void)[]>();
  #timer: Timer | null = null;
  #isClosed = false;

  constructor(clock: Clock, world: Measures) {
    this.#clock = clock;
    this.#world = world;
  }

  /** What the attempt's tree uses now; null when it cannot be measured. */
  measure(attempt: Attempt): Promise<TreeUsage | null> {
    return new Promise((resolve) => {
      if (this.#asked.size === 0) queueMicrotask(() => void this.#answer());
      this.#asked.set(attempt, [...(this.#asked.get(attempt) ?? []), resolve]);
    });
  }

  /** Calls `exceeded` once, when the tree is seen to hold more than `maxBytes`. Answers what ends the watch. */
  limit(attempt: Attempt, maxBytes: number, exceeded: (bytes: number) => void): () => void {
    const limit = { attempt, maxBytes, exceeded };
    this.#limits.add(limit);
    this.#timer ??= this.#clock.after(periodMs, () => void this.#look());
    return () => this.#limits.delete(limit);
  }

  close(): void {
    this.#isClosed = true;
    this.#limits.clear();
    this.#timer?.cancel();
  }

  async #answer(): Promise<void> {
    const asked = this.#asked;
    this.#asked = new Map();
    const found = await this.#world.measure([...asked.keys()]).catch(() => new Map<Attempt, TreeUsage>());
    for (const [attempt, answers] of asked) for (const answer of answers) answer(found.get(attempt) ?? null);
  }

  async #look(): Promise<void> {
    const began = this.#clock.monotonic();
    const limits = [...this.#limits];
    const usages = await Promise.all(limits.map(({ attempt }) => this.measure(attempt)));
    limits.forEach((limit, index) => {
      const bytes = usages[index]?.memoryBytes ?? 0;
      if (bytes > limit.maxBytes && this.#limits.delete(limit)) limit.exceeded(bytes);
    });
    this.#timer = null;
    if (this.#limits.size === 0 || this.#isClosed) return;
    const spentMs = this.#clock.monotonic() - began;
    this.#timer = this.#clock.after(Math.max(periodMs, spentMs * restShare), () => void this.#look());
  }
}
