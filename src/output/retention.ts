import { closeSync, openSync, readSync, statSync, truncateSync } from "node:fs";
import type { AttemptPaths } from "../base/paths.ts";
import { readDropped, writeDropped } from "./dropped.ts";
import { recordBytes, TimeIndexReader } from "./time-index.ts";

/** Frees the bytes `[0, length)` of a file, its size unchanged; false: refused, not to be tried again. */
export type Punch = (path: string, length: number) => Promise<boolean>;

export interface RetentionOptions {
  /** Bytes of output that one mission keeps. */
  readonly maxBytes: number;
  readonly punch: Punch;
}

/** What one attempt's output and its index hold on disk. */
interface Holding {
  readonly paths: AttemptPaths;
  size: number;
  /** Freed from the old end. */
  freed: number;
  indexBytes: number;
  indexFreed: number;
  /** The file system refused to punch this file. */
  isRefused: boolean;
}

const fileBlockBytes = 4096;
const mostSlackBytes = 8 * 1024 * 1024;
const lineSearchBytes = 1024 * 1024;

/**
 * Keeps one mission's output below its limit by dropping the oldest bytes: ended attempts first,
 * then the running one's old end by punching a hole, so that offsets never change and the agent
 * can go on appending. Output is never lost to keep the limit where holes are refused.
 */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #ended: Holding[] = [];
  #current: Holding | null = null;
  #attemptCount = 0;
  #lastGrowth = 0;
  #running: Promise<void> | null = null;

  constructor(options: RetentionOptions, older: readonly AttemptPaths[]) {
    this.#options = options;
    for (const paths of older) this.#keep(finishDropping(measure(paths)));
    this.#attemptCount = older.length;
  }

  /** Attempts known, the current one included. */
  get attemptCount(): number {
    return this.#attemptCount;
  }

  /** A new current attempt; the one before it counts as ended. */
  begin(paths: AttemptPaths): void {
    this.end();
    this.#current = measure(paths);
    this.#attemptCount += 1;
    this.#enforceSoon();
  }

  /** The current attempt's output has `size` bytes now, its index `indexBytes`. */
  grew(size: number, indexBytes: number): void {
    if (this.#current === null) return;
    this.#lastGrowth = size - this.#current.size;
    this.#current.size = size;
    this.#current.indexBytes = indexBytes;
    this.#enforceSoon();
  }

  end(): void {
    if (this.#current !== null) this.#keep(this.#current);
    this.#current = null;
  }

  /** Resolves when the limit holds as far as it can. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #keep(holding: Holding): void {
    if (heldBytes(holding) > 0) this.#ended.push(holding);
  }

  #held(): number {
    const current = this.#current === null ? 0 : heldBytes(this.#current);
    return this.#ended.reduce((sum, holding) => sum + heldBytes(holding), current);
  }

  #enforceSoon(): void {
    if (this.#running !== null || this.#held() <= this.#options.maxBytes + this.#slack()) return;
    // A failing disk is told by whoever writes next; the limit is tried again at the next growth.
    this.#running = this.#enforce()
      .catch(() => {})
      .finally(() => {
        this.#running = null;
      });
  }

  /** Dropping in steps: a hole per growth would cost the writer more than the limit is worth. */
  #slack(): number {
    return Math.min(mostSlackBytes, this.#options.maxBytes / 8);
  }

  async #enforce(): Promise<void> {
    for (;;) {
      const excess = this.#held() - this.#target();
      if (excess <= 0 || !(await this.#freeOldest(excess))) return;
    }
  }

  /** A fast writer gets ahead while a hole is punched, so it is given room in advance. */
  #target(): number {
    const { maxBytes } = this.#options;
    return maxBytes - Math.min(maxBytes / 2, Math.max(0, 2 * (this.#lastGrowth - mostSlackBytes)));
  }

  async #freeOldest(excess: number): Promise<boolean> {
    const oldest = this.#ended[0];
    if (oldest === undefined) return this.#current !== null && this.#cut(this.#current, excess);
    if (heldBytes(oldest) > excess) return this.#cut(oldest, excess);
    dropWhole(oldest);
    this.#ended.shift();
    return true;
  }

  /** Drops about `excess` bytes from one attempt's old end; false when that cannot be. */
  async #cut(holding: Holding, excess: number): Promise<boolean> {
    const kept = holding.size - holding.freed;
    const share = Math.ceil((kept * Math.min(excess, heldBytes(holding))) / heldBytes(holding));
    const end = floorToBlock(holding.freed + Math.max(share, fileBlockBytes));
    if (holding.isRefused || end <= holding.freed || end > holding.size) return false;
    const before = readDropped(holding.paths.dropped);
    // Written first: see OutputFile.readKept.
    writeDropped(holding.paths.dropped, Math.max(before, lineStartFrom(holding.paths.output, end)));
    if (!(await this.#options.punch(holding.paths.output, end))) {
      holding.isRefused = true;
      writeDropped(holding.paths.dropped, before);
      return false;
    }
    holding.freed = end;
    await this.#cutIndex(holding);
    return true;
  }

  async #cutIndex(holding: Holding): Promise<void> {
    const index = new TimeIndexReader(holding.paths.times);
    const end = floorToBlock(index.countUpTo(holding.freed) * recordBytes);
    index.close();
    if (end <= holding.indexFreed) return;
    if (await this.#options.punch(holding.paths.times, end)) holding.indexFreed = end;
  }
}

function heldBytes({ size, freed, indexBytes, indexFreed }: Holding): number {
  return size - freed + indexBytes - indexFreed;
}

function measure(paths: AttemptPaths): Holding {
  const output = statSync(paths.output, { throwIfNoEntry: false });
  const index = statSync(paths.times, { throwIfNoEntry: false });
  const dropped = readDropped(paths.dropped);
  const size = Math.max(output?.size ?? 0, dropped);
  // A daemon that died between writing down and punching left the bytes there: blocks tell.
  const freed = Math.min(floorToBlock(dropped), Math.max(0, size - (output?.blocks ?? 0) * 512));
  const indexBytes = index?.size ?? 0;
  const indexFreed = floorToBlock(Math.max(0, indexBytes - (index?.blocks ?? 0) * 512));
  return { paths, size, freed: dropped === size ? size : floorToBlock(freed), indexBytes, indexFreed, isRefused: false };
}

/** An ended attempt that was dropped as a whole, but not emptied because the daemon died. */
function finishDropping(holding: Holding): Holding {
  if (holding.size > 0 && holding.freed === holding.size) dropWhole(holding);
  return holding;
}

function dropWhole(holding: Holding): void {
  writeDropped(holding.paths.dropped, holding.size);
  emptyFile(holding.paths.output);
  emptyFile(holding.paths.times);
  holding.freed = holding.size;
  holding.indexFreed = holding.indexBytes;
}

function emptyFile(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) truncateSync(path, 0);
}

const floorToBlock = (bytes: number): number => Math.floor(bytes / fileBlockBytes) * fileBlockBytes;

/** The first line start at or after `offset`, or `offset` when no line ends within 1 MiB. */
function lineStartFrom(path: string, offset: number): number {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  const descriptor = openSync(path, "r");
  try {
    for (let from = offset - 1; from < offset + lineSearchBytes; from += buffer.length) {
      const bytes = buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, from));
      const at = bytes.indexOf(10);
      if (at !== -1) return from + at + 1;
      if (bytes.length < buffer.length) return offset;
    }
    return offset;
  } finally {
    closeSync(descriptor);
  }
}
