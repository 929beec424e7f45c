import { UsageError } from "./usage-error.ts";

const step = /\.([A-Za-z0-9_-]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;

/**
 * The value at a path such as `.exit_code`, `.labels.team`, `.attempts[0].signal` or
 * `.labels["a.b"]`; `.` is the whole. What is not there is null.
 *
 * @throws UsageError when the path cannot be read
 */
export function valueAt(whole: unknown, path: string): unknown {
  let value: unknown = whole;
  for (const key of keysOf(path)) {
    const isReachable = typeof value === "object" && value !== null && Object.hasOwn(value, key);
    value = isReachable ? (value as Record<string, unknown>)[key] : null;
  }
  return value ?? null;
}

/** A field for a shell: strings bare, everything else as JSON. */
export const fieldText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/**
 * The steps of a path, from the whole on.
 *
 * @throws UsageError when the path cannot be read
 */
export function keysOf(path: string): string[] {
  if (path === ".") return [];
  const text = /^[.[]/.test(path) ? path : `.${path}`;
  const keys: string[] = [];
  for (step.lastIndex = 0; step.lastIndex < text.length; ) {
    const found = step.exec(text);
    if (found === null) throw new UsageError(`-f takes a path such as .exit_code or .attempts[0].signal, not '${path}'`);
    keys.push(found[1] ?? found[2] ?? (found[3] ?? "").replace(/\\(.)/g, "$1"));
  }
  return keys;
}
