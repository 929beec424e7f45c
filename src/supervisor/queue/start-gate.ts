/**
 * Lets missions that start again together start in one order: whoever is awaited waits until all
 * of them have come, then each starts once the one before it has.
 */
export class StartGate {
  readonly #order: () => readonly string[];
  readonly #awaited = new Set<string>();
  readonly #arrived = new Map<string, () => void>();
  #turns: string[] = [];
  #starting: string | null = null;
  #isShut = false;

  /** @param order ids of all that may be awaited, in start order */
  constructor(order: () => readonly string[]) {
    this.#order = order;
  }

  /** From now on these are awaited, together with whoever has not started yet. */
  close(ids: readonly string[]): void {
    for (const id of [...ids, ...this.#turns]) this.#awaited.add(id);
    this.#turns = [];
    this.#starting = null;
  }

  /** Calls `start` when its turn has come. Answers what takes it back. */
  arrive(id: string, start: () => void): () => void {
    if (!this.#isShut && !this.#awaited.has(id)) {
      start();
      return () => undefined;
    }
    this.#arrived.set(id, start);
    this.#pass();
    return () => {
      if (this.#arrived.get(id) === start) this.#arrived.delete(id);
    };
  }

  holds(id: string): boolean {
    return this.#arrived.has(id);
  }

  /** It has started, or has failed to: the next one may. */
  began(id: string): void {
    if (this.#starting === id) this.#next();
  }

  /** Who has ended for good is not awaited any longer. */
  forget(id: string): void {
    this.#arrived.delete(id);
    this.began(id);
    if (this.#awaited.delete(id)) this.#pass();
  }

  /** Nobody starts any more: who comes, or waits already, waits until its end is asked for. */
  shut(): void {
    this.open();
    this.#isShut = true;
  }

  /** Nobody is awaited any longer. */
  open(): void {
    this.#isShut = false;
    this.#awaited.clear();
    this.#turns = [];
    this.#starting = null;
  }

  #pass(): void {
    if (this.#isShut || [...this.#awaited].some((id) => !this.#arrived.has(id))) return;
    this.#awaited.clear();
    this.#turns = this.#order().filter((id) => this.#arrived.has(id));
    this.#next();
  }

  #next(): void {
    const id = this.#turns.shift() ?? null;
    this.#starting = id;
    if (id === null) return;
    const start = this.#arrived.get(id);
    this.#arrived.delete(id);
    if (start === undefined) this.#next();
    else start();
  }
}
