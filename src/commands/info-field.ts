import { nearestWord } from "../base/nearest-word.ts";
import type { MissionView } from "../protocol/mission.ts";
import { keysOf, valueAt } from "./info-path.ts";
import { UsageError } from "./usage-error.ts";

// Only some missions have these: where one lacks them, they have no value.
const optional = ["terminal", "group"] as const satisfies readonly (keyof MissionView)[];
// Their keys are a person's or an agent's: any may be there, or not.
const open: ReadonlySet<string> = new Set(["labels", "usage", "input"]);

/**
 * The value of a mission's field. Null: it has none now.
 *
 * @throws UsageError when missions have no such field, which a script would take for one without a value
 */
export function fieldAt(mission: MissionView, path: string): unknown {
  const keys = keysOf(path);
  let value: unknown = { ...Object.fromEntries(optional.map((name) => [name, null])), ...mission };
  for (const [depth, key] of keys.entries()) {
    // What has no value does not tell which fields it would have.
    if (value === null || value === undefined || open.has(keys[depth - 1] ?? "")) break;
    if (!isKnown(value, key)) throw unknownField(path, shown(keys.slice(0, depth)), key, value);
    value = (value as Record<string, unknown>)[key];
  }
  return valueAt(mission, path);
}

/** Of a list every place is known: it may be filled later. */
function isKnown(value: unknown, key: string): boolean {
  if (Array.isArray(value)) return /^\d+$/.test(key);
  return typeof value === "object" && value !== null && Object.hasOwn(value, key);
}

function unknownField(path: string, before: string, key: string, value: unknown): UsageError {
  const whole = path.startsWith(".") || path.startsWith("[") ? path : `.${path}`;
  if (Array.isArray(value))
    return new UsageError(`a mission has no field '${whole}': ${before} is a list`, `Try: -f '${before}[0]'`);
  if (typeof value !== "object" || value === null)
    return new UsageError(`a mission has no field '${whole}': ${before} holds a single value`, `Try: -f ${before}`);
  const names = Object.keys(value);
  const near = nearestWord(key.toLowerCase().replaceAll("-", "_"), names);
  return new UsageError(
    `a mission has no field '${whole}'`,
    near === undefined ? `${before || "It"} has ${names.sort().join(", ")}` : `Did you mean: -f ${before}.${near}`,
  );
}

const shown = (keys: readonly string[]): string => keys.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join("");
