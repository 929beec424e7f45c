import { findSince, findUntil } from "./attempt-cursor.ts";
import { findLastLines } from "./last-lines.ts";
import type { LogAttempt, ReadOptions } from "./log-source.ts";
import { OutputFile } from "./output-file.ts";
import { TimeIndexReader } from "./time-index.ts";

export interface StartingPoint {
  /** Number of the attempt to begin with. */
  readonly attempt: number;
  /** Where in it; null: at its beginning, or where `since` says. */
  readonly offset: number | null;
}

/** Where the last `count` lines of all attempts begin, counted backwards from the newest. */
export async function findTail(attempts: readonly LogAttempt[], options: ReadOptions, count: number): Promise<StartingPoint> {
  let missing = count;
  for (const [position, attempt] of [...attempts.entries()].reverse()) {
    const isEnded = attempt.isEnded || position < attempts.length - 1;
    const { start, lines } = await lastLinesOf(attempt, isEnded, options, missing);
    missing -= lines;
    if (missing === 0) return { attempt: attempt.number, offset: start };
  }
  return { attempt: 0, offset: null };
}

async function lastLinesOf(attempt: LogAttempt, isEnded: boolean, options: ReadOptions, count: number) {
  const file = new OutputFile(attempt.paths);
  const index = new TimeIndexReader(attempt.paths.times);
  try {
    const from = Math.max(file.dropped(), await findSince(file, index, options.since));
    const until = await findUntil(file, index, options.until);
    const to = Math.max(from, until ?? (await file.size()));
    return await findLastLines(file, { from, to, isEnded: isEnded && until === null }, count);
  } finally {
    index.close();
    await file.close();
  }
}
