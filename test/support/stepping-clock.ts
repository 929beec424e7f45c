import type { Clock, Timer } from "../../src/base/clock.ts";

/** A clock that the test moves; the wall clock can be set without time passing. */
export class SteppingClock implements Clock {
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>();
  #monotonic = 0;
  #wallOffset = 1_700_000_000_000;

  now(): number {
    return this.#wallOffset + this.#monotonic;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, run: () => void): Timer {
    const timer = { at: this.#monotonic + Math.max(0, ms), run };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  /** Somebody sets the wall clock; no time passes. */
  jump(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Lets time pass, each timer firing at its own moment, with all that it set off settled before the next. */
  async pass(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settled();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#monotonic = Math.max(this.#monotonic, next.at);
      next.run();
      await settled();
    }
    this.#monotonic = end;
  }

  #next(end: number) {
    return [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
