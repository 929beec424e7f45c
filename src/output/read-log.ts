import { AttemptCursor } from "./attempt-cursor.ts";
import type { LogAttempt, LogPiece, LogSource, ReadOptions } from "./log-source.ts";
import { PieceMaker } from "./piece-maker.ts";
import { findTail, type StartingPoint } from "./tail.ts";

// What was written just before `until` is known this much later.
const lateMs = 200;
const longestTimerMs = 2 ** 31 - 1;

/**
 * Gives a mission's output in order, each byte once, in pieces of up to 256 KiB of whole lines
 * (one line longer than that is one piece, cut at 16 MiB). An unfinished last line is given once
 * its attempt has ended. It reads only when pulled and holds one block, so a slow reader costs
 * nothing. With `follow` it ends when the source is final and everything was given.
 */
export async function* readLog(source: LogSource, options: ReadOptions): AsyncGenerator<LogPiece> {
  const pieces = new PieceMaker();
  const start = await startingPoint(source, options);
  let next = start.attempt;
  let cursor: AttemptCursor | null = null;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  try {
    for (;;) {
      // Asked for before looking: what changes while we look must not be missed.
      const change = options.follow ? source.changed(signal) : null;
      const isFinal = source.isFinal();
      const isPastUntil = options.until !== undefined && Date.now() >= options.until + lateMs;
      const attempts = wanted(source, options);
      for (const [position, attempt] of attempts.entries()) {
        if (attempt.number < next) continue;
        const isEnded = attempt.isEnded || isFinal || position < attempts.length - 1;
        const offset = attempt.number === start.attempt ? start.offset : null;
        cursor ??= new AttemptCursor(attempt, offset, options, pieces);
        for (let batch = await cursor.next(attempt, isEnded); batch !== null; batch = await cursor.next(attempt, isEnded)) {
          for (const piece of batch) {
            if (options.signal.aborted) return;
            yield piece;
          }
        }
        if (!isEnded) break;
        await cursor.close();
        cursor = null;
        next = attempt.number + 1;
      }
      const isOver = isFinal || isPastUntil || (options.attempt !== undefined && next > options.attempt);
      if (change === null || isOver || options.signal.aborted) return;
      await untilDue(change, options);
    }
  } finally {
    stop.abort();
    await cursor?.close();
  }
}

async function startingPoint(source: LogSource, options: ReadOptions): Promise<StartingPoint> {
  const attempts = wanted(source, options);
  if (options.tail === undefined || attempts.length === 0) return { attempt: 0, offset: null };
  return findTail(attempts, options, options.tail);
}

function wanted(source: LogSource, { attempt }: ReadOptions): readonly LogAttempt[] {
  const attempts = source.attempts();
  return attempt === undefined ? attempts : attempts.filter(({ number }) => number === attempt);
}

/** Waits for the change; with `until` no longer than until that moment is surely over. */
async function untilDue(change: Promise<void>, { until }: ReadOptions): Promise<void> {
  if (until === undefined) return change;
  let timer: NodeJS.Timeout | undefined;
  const due = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(longestTimerMs, Math.max(0, until + lateMs - Date.now())));
  });
  await Promise.race([change, due]);
  clearTimeout(timer);
}
