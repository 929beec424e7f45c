import { SimulatedClock } from "xstate";

/**
 * A simulated clock that steps from timer to timer. XState's own `increment` jumps to the end
 * first, so that of chained timers only the first fires.
 */
export class SteppedClock extends SimulatedClock {
  readonly #deadlines = new Map<number, number>();

  override setTimeout(run: () => void, ms: number): number {
    const id = super.setTimeout(() => {
      this.#deadlines.delete(id);
      run();
    }, ms);
    this.#deadlines.set(id, this.now() + ms);
    return id;
  }

  override clearTimeout(id: number): void {
    this.#deadlines.delete(id);
    super.clearTimeout(id);
  }

  /** Lets `ms` milliseconds pass, every timer firing at its own time. */
  advance(ms: number): void {
    const target = this.now() + ms;
    for (let next = this.#next(); next <= target; next = this.#next()) this.set(Math.max(next, this.now()));
    this.set(target);
  }

  /** Jumps to the next timer and fires it. Answers false when there is none. */
  step(): boolean {
    const next = this.#next();
    if (next === Number.POSITIVE_INFINITY) return false;
    this.set(Math.max(next, this.now()));
    return true;
  }

  #next(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#deadlines.values());
  }
}
