import { byPlace, type Place } from "./queue-rule.ts";
import { WaitingLine } from "./waiting-line.ts";

/** Who holds the slots of one pool, and who waits for one. */
export class PoolUse<Entry extends Place> {
  /** Ids of the missions that hold a slot. */
  readonly holders = new Set<string>();
  /** All that name this pool and have not started, whatever they wait for. */
  readonly waiting = new Set<Entry>();
  readonly #line = new WaitingLine<Entry>(byPlace);

  /** Puts at its place one that waits for nothing but a slot. */
  enqueue(entry: Entry): void {
    this.#line.add(entry);
  }

  /** Who gets the next slot; those that left meanwhile are passed over. */
  first(isWaiting: (entry: Entry) => boolean): Entry | undefined {
    while (this.#line.first !== undefined && !isWaiting(this.#line.first)) this.#line.shift();
    return this.#line.first;
  }

  get isIdle(): boolean {
    return this.holders.size === 0 && this.waiting.size === 0;
  }
}
