import { type AttemptPatch, type AttemptRow, newAttempt } from "../store/rows.ts";

/** A mission's attempts, oldest first, after one of them changed or was added. Looks from the end: there may be a million. */
export function withAttempt(rows: readonly AttemptRow[], mission: string, patch: AttemptPatch): readonly AttemptRow[] {
  const place = rows.findLastIndex((row) => row.attempt <= patch.attempt);
  const former = rows[place];
  if (former?.attempt === patch.attempt) return rows.with(place, { ...former, ...patch });
  return rows.toSpliced(place + 1, 0, { ...newAttempt(mission, patch.attempt), ...patch });
}
