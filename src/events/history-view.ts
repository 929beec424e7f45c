import { withTimes } from "./moments.ts";

// Their keys are names of steps and ids of missions, which stay as they are.
const tables: ReadonlySet<string> = new Set(["steps", "ports", "counted", "taken"]);

/**
 * What an event says, as it stands on the wire: times in ISO 8601, the restart history with keys in snake_case. It is
 * stored as the machine holds it, so that rows and events of every version read alike.
 */
export function eventData(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const told = withTimes(data);
  return "history" in told ? { ...told, history: historyView(told["history"]) } : told;
}

function historyView(value: unknown, isTable = false): unknown {
  if (Array.isArray(value)) return value.map((entry) => historyView(entry));
  // Of its numbers only those on the monotonic clock have a fraction; a duration on the wire has none.
  if (typeof value === "number") return Math.round(value);
  if (typeof value !== "object" || value === null) return value;
  const plain = "toJSON" in value && typeof value.toJSON === "function" ? (value.toJSON() as object) : value;
  return Object.fromEntries(
    Object.entries(plain).map(([key, entry]) => [
      isTable ? key : snakeCase(key),
      historyView(entry, !isTable && tables.has(key)),
    ]),
  );
}

const snakeCase = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
