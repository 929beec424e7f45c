/**
 * Looks at everything that joined it, once in a while: one timer for all, and none when nobody
 * joined. It is the net below fs.watch, which says nothing when the kernel's queue overflows.
 */
export class SlowRescan {
  readonly #everyMs: number;
  readonly #looks = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;

  constructor(everyMs = 2000) {
    this.#everyMs = everyMs;
  }

  /** Calls `look` at every round until the answered function is called. */
  join(look: () => void): () => void {
    this.#looks.add(look);
    this.#timer ??= setInterval(() => this.#lookAtAll(), this.#everyMs).unref();
    return () => this.#leave(look);
  }

  #lookAtAll(): void {
    for (const look of this.#looks) look();
  }

  #leave(look: () => void): void {
    this.#looks.delete(look);
    if (this.#looks.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
