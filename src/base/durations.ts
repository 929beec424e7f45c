import { OvermindError } from "./errors.ts";

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
export type DurationUnit = keyof typeof unitMs;

/**
 * Reads `5s`, `200ms`, `1.5h`, `1h30m` or a bare number of `bareUnit`s. Answers milliseconds.
 *
 * @param field name used in the error, as the person wrote it
 * @throws OvermindError invalid_argument
 */
export function parseDuration(text: string, bareUnit: DurationUnit, field = "duration"): number {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Math.round(Number(trimmed) * unitMs[bareUnit]);
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)];
  const isWhole = parts.length > 0 && parts.map((part) => part[0]).join("") === trimmed;
  if (!isWhole) {
    throw new OvermindError("invalid_argument", `${field} takes a duration such as 5s, 200ms or 2h, not '${text}'`, {
      details: { field, expected: "duration" },
    });
  }
  return Math.round(parts.reduce((sum, part) => sum + Number(part[1]) * unitMs[part[2] as DurationUnit], 0));
}

/** Milliseconds for a person: `850ms`, `4s`, `3m12s`, `5h02m`, `3d04h`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const pair = (big: number, bigUnit: string, small: number, smallUnit: string) =>
    `${big}${bigUnit}${String(small).padStart(2, "0")}${smallUnit}`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), "m", seconds % 60, "s");
  if (seconds < 86_400) return pair(Math.floor(seconds / 3600), "h", Math.floor((seconds % 3600) / 60), "m");
  return pair(Math.floor(seconds / 86_400), "d", Math.floor((seconds % 86_400) / 3600), "h");
}
