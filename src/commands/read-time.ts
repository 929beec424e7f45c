import { parseDuration } from "../base/durations.ts";
import { UsageError } from "./usage-error.ts";

/** `5m` is that long ago; else an ISO 8601 time, epoch seconds, or epoch milliseconds (13 digits). */
export function timeOf(text: string | undefined, field: string, now: number = Date.now()): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{9,}(\.\d+)?$/.test(text)) return Number(text) < 1e11 ? Number(text) * 1000 : Number(text);
  const moment = /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  try {
    return now - parseDuration(text, "s", field);
  } catch {
    throw new UsageError(`${field} takes 5m (ago), an ISO 8601 time or epoch seconds, not '${text}'`);
  }
}
