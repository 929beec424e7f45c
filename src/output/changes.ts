/** Lets any number of readers wait for the next change; what `LogSource.changed` is made of. */
export class Changes {
  #waiting = new Set<() => void>();

  /** Resolves at the next `notify`, or when the signal aborts. */
  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      signal.addEventListener("abort", wake);
      this.#waiting.add(wake);
    });
  }

  notify(): void {
    // A copy: whoever is woken may wait again at once, for the change after this one.
    for (const wake of [...this.#waiting]) wake();
  }
}
