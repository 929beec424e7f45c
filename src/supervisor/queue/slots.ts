/** Lets so many in at a time; the others wait their turn. */
export class Slots {
  readonly #limit: () => number;
  readonly #waiting: (() => void)[] = [];
  #used = 0;

  /** @param limit asked at each turn, so that it may change */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** Resolves when it is this caller's turn; what it answers gives the slot back, once. */
  async take(): Promise<() => void> {
    while (this.#used >= this.#limit()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#used += 1;
    return () => {
      this.#used -= 1;
      this.#waiting.shift()?.();
    };
  }
}
