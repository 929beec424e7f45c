import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { OutputFile } from "./output-file.ts";

export interface Region {
  readonly from: number;
  readonly to: number;
  /** Bytes after the last newline count as a line: nothing will finish them. */
  readonly isEnded: boolean;
}

const blockBytes = 64 * 1024;
const newline = 10;

/**
 * Where the last `count` lines of a region begin, found backwards in blocks.
 * Answers fewer `lines` when the region has no more; `start` is then its beginning.
 */
export async function findLastLines(file: OutputFile, region: Region, count: number): Promise<{ start: number; lines: number }> {
  const { from, to } = region;
  const rest = region.isEnded && (await isUnfinished(file, region)) ? 1 : 0;
  if (count < rest) return { start: to, lines: 0 };
  // The k-th newline from the end ends the line before the last k - 1 whole ones.
  const wanted = count + 1 - rest;
  let newlines = 0;
  for (let high = to; high > from; high -= blockBytes) {
    const low = Math.max(from, high - blockBytes);
    const block = await file.read(low, high);
    for (let at = block.lastIndexOf(newline); at !== -1; at = at === 0 ? -1 : block.lastIndexOf(newline, at - 1)) {
      newlines += 1;
      if (newlines === wanted) return { start: low + at + 1, lines: count };
    }
  }
  return { start: from, lines: newlines + rest };
}

/** The start of the line that holds the byte at `offset`; `offset` itself when its line began more than `limit` bytes ago. */
export async function findLineStart(file: OutputFile, offset: number, limit: number): Promise<number> {
  const from = Math.max(file.dropped(), offset - limit, 0);
  if (offset <= from) return offset;
  const { start } = await findLastLines(file, { from, to: offset, isEnded: false }, 0);
  return start === from && from === offset - limit ? offset : start;
}

/**
 * Where the last whole line of a file ends, bytes from its begin; 0 where it has none or is not there. Of what has no
 * newline in its last `limit` bytes, where those begin.
 */
export function endOfLastLine(path: string, limit: number): number {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return 0;
  }
  try {
    const { size } = fstatSync(file);
    const from = Math.max(0, size - limit);
    const block = Buffer.allocUnsafe(Math.min(blockBytes, size - from));
    for (let high = size; high > from; high -= block.length) {
      const low = Math.max(from, high - block.length);
      const at = block.subarray(0, readSync(file, block, 0, high - low, low)).lastIndexOf(newline);
      if (at !== -1) return low + at + 1;
    }
    return from;
  } finally {
    closeSync(file);
  }
}

async function isUnfinished(file: OutputFile, { from, to }: Region): Promise<boolean> {
  if (to <= from) return false;
  const [last] = await file.read(to - 1, to);
  return last !== undefined && last !== newline;
}
