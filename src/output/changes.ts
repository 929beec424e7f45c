/** Lets any number of readers wait for the next change; what `LogSource.changed` is made of. */
export class Changes {
  #waiting = new Map<AbortSignal, (() => void)[]>();
  readonly #heeded = new WeakSet<AbortSignal>();

  /** Resolves at the next `notify`, or when the signal aborts. */
  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    this.#heed(signal);
    return new Promise((resolve) => {
      const wakes = this.#waiting.get(signal);
      if (wakes === undefined) this.#waiting.set(signal, [resolve]);
      else wakes.push(resolve);
    });
  }

  notify(): void {
    if (this.#waiting.size === 0) return;
    // Taken first: whoever is woken may wait again at once, for the change after this one.
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const wakes of waiting.values()) for (const wake of wakes) wake();
  }

  /** Once for each signal: a listener for each wait costs more than the wait. */
  #heed(signal: AbortSignal): void {
    if (this.#heeded.has(signal)) return;
    this.#heeded.add(signal);
    const giveUp = () => {
      const wakes = this.#waiting.get(signal) ?? [];
      this.#waiting.delete(signal);
      for (const wake of wakes) wake();
    };
    signal.addEventListener("abort", giveUp, { once: true });
  }
}
