// What grows oftener than this costs more to tell of at once than it is worth.
const windowMs = 128;
const manyInWindow = 10;
// Looks come late on a busy machine, which must not make them more.
const fewInWindow = 4;
const singleGapMs = 5;
const streamGapMs = 12;

/**
 * How often a file that somebody follows is looked at after it grew. What is said now and then is
 * told at once; a steady stream is looked at on the strokes of a common beat, so that one turn of
 * the loop serves all files that stream.
 */
export class Pace {
  #isStream = false;
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** It was seen to grow at `now`, ms on a clock that never goes back; all calls use the same. */
  grew(now: number): void {
    if (now - this.#since > windowMs) this.#begin(now);
    this.#count += 1;
    if (this.#count >= manyInWindow) this.#isStream = true;
  }

  /** Milliseconds from `now` to the next look. */
  gapMs(now: number): number {
    if (!this.#isStream) return singleGapMs;
    const rest = streamGapMs - (now % streamGapMs);
    return Math.ceil(rest < streamGapMs / 2 ? rest + streamGapMs : rest);
  }

  #begin(now: number): void {
    if (this.#count < fewInWindow || now - this.#since > 2 * windowMs) this.#isStream = false;
    this.#since = now;
    this.#count = 0;
  }
}
