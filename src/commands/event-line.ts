import { visible } from "../base/text-width.ts";
import { withTimes } from "../events/moments.ts";
import type { EventView } from "../protocol/messages.ts";

/** One event for a person: `12 2026-01-31T12:00:00.000Z mission.exited a1b2c3d4#1 exit_code=0`. */
export function eventLine(event: EventView): string {
  const where = event.mission === null ? "-" : event.attempt === null ? event.mission : `${event.mission}#${event.attempt}`;
  // The attempt is told already. Times are epoch ms where an older daemon tells them.
  const facts = Object.entries(withTimes(event.data)).filter(([name]) => name !== "attempt" || event.attempt === null);
  return visible(
    [event.seq, event.time, event.type, where, ...facts.flatMap(([name, value]) => factWords(name, value))].join(" "),
  );
}

/** What holds more is told word by word: `usage.turns=1`; of a history, which repeats what events before told, how much. */
function factWords(name: string, value: unknown): string[] {
  if (typeof value === "string") return [`${name}=${value}`];
  // Six digits are all that a person reads of a share, a cost or a time.
  if (typeof value === "number" && !Number.isInteger(value)) return [`${name}=${Number(value.toPrecision(6))}`];
  if (typeof value !== "object" || value === null) return [`${name}=${JSON.stringify(value)}`];
  const isHistory = name === "history" || name.startsWith("history.");
  if (Array.isArray(value)) return [`${name}=${isHistory ? value.length : listText(value)}`];
  if (isHistory && tables.has(name)) return [`${name}=${Object.keys(value).length}`];
  return Object.entries(value).flatMap(([key, entry]) => factWords(`${name}.${key}`, entry));
}

const tables: ReadonlySet<string> = new Set([
  "history.pipeline.steps",
  "history.pipeline.ports",
  "history.members.counted",
  "history.members.taken",
]);

const listText = (list: readonly unknown[]): string =>
  list.length > 0 && list.every((entry) => typeof entry === "string" || typeof entry === "number")
    ? list.join(",")
    : JSON.stringify(list);
