import type { ReaderState } from "../../providers/conversation.ts";

// An agent that does nothing but try again is silent after so many tries in one turn.
const countedRetries = 10;

/** What of an agent's output counts as a sign of life. */
export class TurnActivity {
  readonly #listeners = new Set<() => void>();
  #turns = -1;
  #retriesBefore = 0;
  #retries = 0;
  #isOnlyRetrying = false;

  /** What it said last was one try too many: output alone is no sign of life until it says something else. */
  get isOnlyRetrying(): boolean {
    return this.#isOnlyRetrying;
  }

  /** The agent said something, after which its state is this. */
  heard({ turns, retries }: Pick<ReaderState, "turns" | "retries">): void {
    if (turns !== this.#turns) this.#retriesBefore = this.#retries;
    this.#turns = turns;
    const isRetry = retries > this.#retries;
    this.#retries = retries;
    this.#isOnlyRetrying = isRetry && retries - this.#retriesBefore > countedRetries;
    if (!this.#isOnlyRetrying) this.tell();
  }

  /** Something happened from which silence is counted anew. */
  tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Another attempt begins. */
  reset(): void {
    this.#turns = -1;
    this.#retriesBefore = 0;
    this.#retries = 0;
    this.#isOnlyRetrying = false;
  }

  onActivity(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
