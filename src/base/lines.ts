/**
 * Cuts a stream of bytes into lines. Answers each line without its newline; what has no newline
 * yet is kept until the next `push`, or `rest()`.
 *
 * @param limit bytes a line may have; a longer one makes `push` throw RangeError and forgets it
 */
export class LineSplitter {
  readonly #limit: number;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(limit = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
  }

  *push(bytes: Buffer): Generator<Buffer> {
    let from = 0;
    for (let at = bytes.indexOf(10, from); at !== -1; at = bytes.indexOf(10, from)) {
      const line = this.#joined(bytes.subarray(from, at));
      from = at + 1;
      yield line;
    }
    this.#hold(bytes.subarray(from));
  }

  /** What came after the last newline. */
  rest(): Buffer {
    return this.#joined(Buffer.alloc(0));
  }

  #joined(tail: Buffer): Buffer {
    this.#check(tail.length);
    const line = this.#held.length === 0 ? tail : Buffer.concat([...this.#held, tail]);
    this.#held = [];
    this.#heldBytes = 0;
    return line;
  }

  #hold(tail: Buffer): void {
    if (tail.length === 0) return;
    this.#check(tail.length);
    this.#held.push(tail);
    this.#heldBytes += tail.length;
  }

  #check(more: number): void {
    if (this.#heldBytes + more <= this.#limit) return;
    this.#held = [];
    this.#heldBytes = 0;
    throw new RangeError(`a line exceeds ${this.#limit} bytes`);
  }
}
