import { freshBytes, type OutputFile } from "./output-file.ts";

export const blockBytes = 256 * 1024;
/** A longer line is cut here. */
export const longestLineBytes = 16 * 1024 * 1024;
const newline = 10;

export interface Limits {
  /** Nothing from here on. */
  readonly end: number;
  /** Nothing will finish the last line: it is given as it is. */
  readonly isEnded: boolean;
  /** Bytes as they are, lines cut anywhere. */
  readonly raw: boolean;
  /** Bytes at most, unless a single line is longer. */
  readonly blockBytes: number;
  /** What is there was written a moment ago. */
  readonly isFresh?: boolean;
}

/**
 * Reads one output file forward in blocks of whole lines. An unfinished line is held by its
 * offset, not in memory, and what was searched for its newline is not searched again.
 */
export class LineReader {
  readonly #file: OutputFile;
  #position: number;
  #searchedTo: number;
  #hasSeenEnd = false;

  constructor(file: OutputFile, position: number) {
    this.#file = file;
    this.#position = position;
    this.#searchedTo = position;
  }

  get position(): number {
    return this.#position;
  }

  /** The last block held everything that was there. */
  get hasSeenEnd(): boolean {
    return this.#hasSeenEnd;
  }

  moveTo(position: number): void {
    this.#position = position;
    this.#searchedTo = position;
  }

  /** The next block without moving on; empty when there is none yet, null when the bytes were dropped. */
  async peek(limits: Limits): Promise<Buffer | null> {
    const fresh = limits.isFresh === true && this.#searchedTo === this.#position ? this.#peekFresh(limits) : null;
    if (fresh !== null) return fresh;
    const end = Math.min(await this.#file.size(), limits.end);
    this.#hasSeenEnd = false;
    if (end <= this.#position) return Buffer.alloc(0);
    if (this.#searchedTo > this.#position) return this.#readLongLine(end, limits);
    const block = await this.#file.readKept(this.#position, Math.min(end, this.#position + limits.blockBytes));
    if (block === null) return null;
    this.#hasSeenEnd = this.#position + block.length >= end;
    const whole = limits.raw ? block.length : block.lastIndexOf(newline) + 1;
    if (whole > 0) return block.subarray(0, whole);
    this.#searchedTo = this.#position + block.length;
    return this.#readLongLine(end, limits);
  }

  /** Whole lines in one read; null where there is more to be asked. */
  #peekFresh({ end, raw, blockBytes }: Limits): Buffer | null {
    const block = this.#file.readFresh(this.#position);
    if (block === null || this.#position + block.length > end || block.length > blockBytes) return null;
    const whole = raw ? block.length : block.lastIndexOf(newline) + 1;
    if (whole === 0 && block.length > 0) return null;
    this.#hasSeenEnd = block.length < freshBytes;
    return Buffer.from(block.subarray(0, whole));
  }

  async #readLongLine(end: number, limits: Limits): Promise<Buffer | null> {
    const stop = await this.#findStop(end, limits);
    if (stop === null) return Buffer.alloc(0);
    return this.#file.readKept(this.#position, stop);
  }

  /** Where the line at the position ends; null while its newline is missing. */
  async #findStop(end: number, { isEnded }: Limits): Promise<number | null> {
    const cut = this.#position + longestLineBytes;
    while (this.#searchedTo < Math.min(end, cut)) {
      const block = await this.#file.read(this.#searchedTo, Math.min(end, cut, this.#searchedTo + blockBytes));
      if (block.length === 0) break;
      const at = block.indexOf(newline);
      if (at !== -1) return this.#searchedTo + at + 1;
      this.#searchedTo += block.length;
    }
    if (this.#searchedTo >= cut) return cut;
    return isEnded && this.#searchedTo > this.#position ? this.#searchedTo : null;
  }
}
