import type { StepHistory } from "./history.ts";

type Entry = readonly [step: string, history: StepHistory];
type Chunk = readonly Entry[];

/** Entries of one chunk: a change copies so many and one place for each chunk. */
const chunkSize = 64;

/**
 * What became of a pipeline's steps, by name, in the order in which they first started. Never changed:
 * a move of one step among thousands makes another one that shares nearly all with it.
 */
export class StepHistories implements Iterable<Entry> {
  static readonly none = new StepHistories([], new Map(), 0);
  readonly size: number;
  readonly #chunks: readonly Chunk[];
  /** Where each step stands; shared with those made from this one, so that some are not of this one. */
  readonly #places: Map<string, number>;

  private constructor(chunks: readonly Chunk[], places: Map<string, number>, size: number) {
    this.#chunks = chunks;
    this.#places = places;
    this.size = size;
  }

  static of(entries: Iterable<Entry>): StepHistories {
    const all = [...new Map(entries)];
    const count = Math.ceil(all.length / chunkSize);
    const chunks = Array.from({ length: count }, (_, at) => all.slice(at * chunkSize, (at + 1) * chunkSize));
    return new StepHistories(chunks, new Map(all.map(([step], at) => [step, at])), all.length);
  }

  get(step: string): StepHistory | undefined {
    const entry = this.#at(this.#places.get(step) ?? -1);
    return entry?.[0] === step ? entry[1] : undefined;
  }

  /** With one step as it is now. */
  with(step: string, history: StepHistory): StepHistories {
    const isNew = this.get(step) === undefined;
    const place = isNew ? this.size : (this.#places.get(step) ?? this.size);
    const number = Math.floor(place / chunkSize);
    const chunk: Chunk = (this.#chunks[number] ?? []).toSpliced(place % chunkSize, isNew ? 0 : 1, [step, history]);
    const chunks = isNew && place % chunkSize === 0 ? [...this.#chunks, chunk] : this.#chunks.with(number, chunk);
    const places = isNew ? this.#placesWith(step) : this.#places;
    return new StepHistories(chunks, places, isNew ? this.size + 1 : this.size);
  }

  /** Without those of these names. */
  without(steps: readonly string[]): StepHistories {
    const gone = new Set(steps);
    return StepHistories.of([...this].filter(([step]) => !gone.has(step)));
  }

  *[Symbol.iterator](): Iterator<Entry> {
    for (const chunk of this.#chunks) yield* chunk;
  }

  /** As it is stored. */
  toJSON(): Readonly<Record<string, StepHistory>> {
    return Object.fromEntries(this);
  }

  #at(place: number): Entry | undefined {
    return place < 0 || place >= this.size ? undefined : this.#chunks[Math.floor(place / chunkSize)]?.[place % chunkSize];
  }

  /** Another one that was made from this one may have a step at that place already. */
  #placesWith(step: string): Map<string, number> {
    const isShared = this.#places.size === this.size;
    const places = isShared ? this.#places : new Map([...this].map(([name], at) => [name, at]));
    return places.set(step, this.size);
  }
}
