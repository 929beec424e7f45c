import type { Clock } from "../base/clock.ts";

/** Lets several wait for one moment, each no longer than it likes. */
export class Alarm {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves at the next `ring`, or after `ms`. */
  wait(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        timer?.cancel();
        this.#waiting.delete(done);
        resolve();
      };
      const timer = ms === undefined ? null : this.#clock.after(ms, done);
      this.#waiting.add(done);
    });
  }

  /** Wakes all who wait now. */
  ring(): void {
    for (const done of [...this.#waiting]) done();
  }
}
