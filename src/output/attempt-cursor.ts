import { findLineStart } from "./last-lines.ts";
import { blockBytes, LineReader, longestLineBytes } from "./line-reader.ts";
import type { LogAttempt, LogMarker, LogPiece, ReadOptions } from "./log-source.ts";
import { droppedText } from "./markers.ts";
import { OutputFile } from "./output-file.ts";
import type { PieceMaker } from "./piece-maker.ts";
import { TimeIndexReader, type TimeRecord } from "./time-index.ts";

// A piece object per line: smaller blocks bound how many there are at once.
const linewiseBlockBytes = 64 * 1024;
const newline = 10;
// What came within so long is timed as well by the moment as by the index, which is asked for much more.
const momentMs = 50;

/** One reading's place in one attempt: gives markers and output in order, each once. */
export class AttemptCursor {
  readonly #number: number;
  readonly #options: ReadOptions;
  readonly #pieces: PieceMaker;
  readonly #file: OutputFile;
  readonly #index: TimeIndexReader;
  readonly #lines: LineReader;
  readonly #start: number | null;
  #end = Number.POSITIVE_INFINITY;
  #hasBegun = false;
  #withinGiven = 0;
  #isAfterGiven = false;
  #isCaughtUp = false;
  /** When the last look saw all that there was, on the clock of `performance`; null: it left some. */
  #sawEndAt: number | null = null;

  /** @param start where a tail begins; null: where `since` says */
  constructor(attempt: LogAttempt, start: number | null, options: ReadOptions, pieces: PieceMaker) {
    this.#number = attempt.number;
    this.#options = options;
    this.#pieces = pieces;
    this.#file = new OutputFile(attempt.paths);
    this.#index = new TimeIndexReader(attempt.paths.times);
    this.#lines = new LineReader(this.#file, 0);
    this.#start = start;
  }

  /** What comes next, up to one block; null when there is nothing more now (or ever, when `isEnded`). */
  async next(attempt: LogAttempt, isEnded: boolean): Promise<Iterable<LogPiece> | null> {
    // Having caught up, wait to be told of growth: reading on would chase the writer byte by byte.
    if (this.#isCaughtUp && !isEnded) return this.#pause();
    const first = await this.#begin(attempt, isEnded);
    if (first.length > 0) return first;
    await this.#findEnd();
    for (;;) {
      const isFresh = this.#sawEndAt !== null && !isEnded;
      const marker = (isFresh ? null : this.#droppedMarker()) ?? this.#markerHere(attempt);
      if (marker !== null) return [marker];
      const block = await this.#lines.peek({ ...this.#limits(isEnded), isFresh });
      const isOfMoment = isFresh && this.#isMoment();
      this.#sawEndAt = block?.length === 0 || this.#lines.hasSeenEnd ? performance.now() : null;
      if (block === null) continue;
      if (block.length === 0) return isEnded ? this.#finish(attempt) : null;
      const given = this.#upToMarker(block, attempt);
      this.#isCaughtUp = this.#lines.hasSeenEnd && attempt.within[this.#withinGiven] === undefined;
      return this.#give(given, isEnded, isOfMoment);
    }
  }

  async close(): Promise<void> {
    this.#index.close();
    await this.#file.close();
  }

  #pause(): null {
    this.#isCaughtUp = false;
    return null;
  }

  #isMoment(): boolean {
    return this.#sawEndAt !== null && performance.now() - this.#sawEndAt < momentMs;
  }

  async #begin(attempt: LogAttempt, isEnded: boolean): Promise<LogPiece[]> {
    if (this.#hasBegun) return [];
    this.#hasBegun = true;
    // A snapshot ends, however fast the agent goes on writing.
    if (!this.#options.follow && !isEnded) this.#end = await this.#file.size();
    const start = this.#start ?? (await findSince(this.#file, this.#index, this.#options.since));
    this.#lines.moveTo(start);
    if (start > 0) this.#withinGiven = attempt.within.filter((marker) => marker.offset < start).length;
    return start === 0 ? this.#shown(attempt.before).map((marker) => this.#marker(marker)) : [];
  }

  async #findEnd(): Promise<void> {
    if (this.#options.until === undefined) return;
    this.#end = Math.min(this.#end, (await findUntil(this.#file, this.#index, this.#options.until)) ?? this.#end);
  }

  #limits(isEnded: boolean) {
    const { raw, linewise } = this.#options;
    const size = linewise ? linewiseBlockBytes : blockBytes;
    return { end: this.#end, isEnded, raw: raw && !linewise, blockBytes: size };
  }

  /** Steps over what was dropped; the marker that says so, if one is to be shown. */
  #droppedMarker(): LogPiece | null {
    const dropped = this.#file.dropped();
    const missing = dropped - this.#lines.position;
    if (missing <= 0) return null;
    this.#lines.moveTo(dropped);
    return this.#options.raw ? null : this.#marker({ text: droppedText(missing), time: null });
  }

  #markerHere(attempt: LogAttempt): LogPiece | null {
    for (;;) {
      const marker = attempt.within[this.#withinGiven];
      if (marker === undefined || marker.offset > this.#lines.position) return null;
      this.#withinGiven += 1;
      if (this.#shown([marker]).length === 1) return this.#marker(marker);
    }
  }

  /** The part of a block before the line start at which the next marker stands. */
  #upToMarker(block: Buffer, attempt: LogAttempt): Buffer {
    const marker = attempt.within[this.#withinGiven];
    if (marker === undefined || this.#options.raw) return block;
    const before = marker.offset - this.#lines.position;
    const lineStart = before > block.length ? 0 : block.indexOf(newline, Math.max(0, before - 1)) + 1;
    return lineStart === 0 ? block : block.subarray(0, lineStart);
  }

  async #give(block: Buffer, isEnded: boolean, isOfMoment: boolean): Promise<Iterable<LogPiece>> {
    const offset = this.#lines.position;
    this.#lines.moveTo(offset + block.length);
    if (!this.#options.linewise) return [this.#pieces.output(this.#number, offset, block, null)];
    // What no record covers yet came within the last moments, unless the index was never completed.
    const modifiedAt = isEnded ? await this.#file.modifiedAt() : null;
    const otherwise = { time: modifiedAt ?? Date.now(), isApproximate: modifiedAt !== null };
    return this.#eachLine(block, offset, otherwise, isOfMoment ? null : this.#index);
  }

  *#eachLine(
    block: Buffer,
    offset: number,
    otherwise: Omit<TimeRecord, "end">,
    index: TimeIndexReader | null,
  ): Generator<LogPiece> {
    for (let from = 0; from < block.length; ) {
      const to = block.indexOf(newline, from) + 1 || block.length;
      const when = index?.recordAt(offset + to - 1) ?? otherwise;
      yield this.#pieces.output(this.#number, offset + from, block.subarray(from, to), when);
      from = to;
    }
  }

  /** The markers that stand at or after the end. */
  #finish(attempt: LogAttempt): LogPiece[] | null {
    if (this.#isAfterGiven) return null;
    this.#isAfterGiven = true;
    const rest = attempt.within.slice(this.#withinGiven);
    this.#withinGiven = attempt.within.length;
    return this.#shown([...rest, ...attempt.after]).map((marker) => this.#marker(marker));
  }

  #shown(markers: readonly LogMarker[]): readonly LogMarker[] {
    const { raw, since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = this.#options;
    if (raw) return [];
    return markers.filter(({ time }) => time === null || (time >= since && time < until));
  }

  #marker(marker: LogMarker): LogPiece {
    return this.#pieces.marker(this.#number, this.#lines.position, marker);
  }
}

/** Where the first line begins that was finished at or after `since`. */
export async function findSince(file: OutputFile, index: TimeIndexReader, since: number | undefined): Promise<number> {
  if (since === undefined) return 0;
  return findLineStart(file, index.startOf(since) ?? index.end(), longestLineBytes);
}

/** Where the first line begins that was not finished before `until`; null when there is none yet. */
export async function findUntil(file: OutputFile, index: TimeIndexReader, until: number | undefined): Promise<number | null> {
  const offset = until === undefined ? null : index.startOf(until);
  return offset === null ? null : findLineStart(file, offset, longestLineBytes);
}
