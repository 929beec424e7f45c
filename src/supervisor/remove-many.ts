import type { Clock } from "../base/clock.ts";
import { asOvermindError } from "../base/errors.ts";

// Whoever asks something meanwhile waits as long as one piece takes; as much time again is left to them between two.
const pieceMs = 10;
const gapMs = 10;
// On a machine that is busy otherwise those few milliseconds pass while nothing was done.
const leastInPiece = 5;

export interface RemoveManyOptions {
  readonly clock: Clock;
  /** Forgets one finished mission. */
  readonly remove: (id: string) => void;
  /** Whether to leave off. */
  readonly isOver?: () => boolean;
}

/**
 * Forgets finished missions, a few at a time. One that somebody removed or started again meanwhile is passed over.
 *
 * @returns the ids of those that it forgot
 */
export async function removeMany(ids: readonly string[], { clock, remove, isOver }: RemoveManyOptions): Promise<string[]> {
  const removed: string[] = [];
  let beganAt = clock.monotonic();
  let inPiece = 0;
  for (const id of ids) {
    if (inPiece >= leastInPiece && clock.monotonic() - beganAt > pieceMs) {
      await new Promise<void>((resolve) => clock.after(gapMs, resolve));
      beganAt = clock.monotonic();
      inPiece = 0;
    }
    inPiece += 1;
    if (isOver?.()) break;
    if (wasRemoved(id, remove)) removed.push(id);
  }
  return removed;
}

function wasRemoved(id: string, remove: (id: string) => void): boolean {
  try {
    remove(id);
    return true;
  } catch (error) {
    if (["not_found", "still_live"].includes(asOvermindError(error).code)) return false;
    throw error;
  }
}
