import { OvermindError } from "../../base/errors.ts";

/** Where an event of a conversation stands: the attempt, the offset of its line in the output, its place among that line's events. */
export interface Position {
  readonly attempt: number;
  readonly offset: number;
  /** Counts from 1; 0 stands before the line's first event. */
  readonly index: number;
}

export const positionText = ({ attempt, offset, index }: Position): string => `${attempt}.${offset}.${index}`;

/**
 * Reads `ATTEMPT.OFFSET.INDEX`; what is left out is 0.
 *
 * @throws OvermindError invalid_argument
 */
export function positionOf(text: string): Position {
  const parts = /^(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?$/.exec(text);
  if (parts === null) {
    throw new OvermindError("invalid_argument", `since takes the 'at' of an event, such as 1.2048.1, not '${text}'`, {
      details: { field: "since", expected: "ATTEMPT.OFFSET.INDEX" },
    });
  }
  return { attempt: Number(parts[1]), offset: Number(parts[2] ?? 0), index: Number(parts[3] ?? 0) };
}

/** Whether `one` stands behind `other`. */
export function isBehind(one: Position, other: Position): boolean {
  if (one.attempt !== other.attempt) return one.attempt > other.attempt;
  if (one.offset !== other.offset) return one.offset > other.offset;
  return one.index > other.index;
}
