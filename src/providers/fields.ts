export type JsonObject = { readonly [key: string]: unknown };

/** Deeper than this a line is taken as plain text: whoever writes it out again must not overflow the stack. */
const maxDepth = 256;

/** The object on a line of an agent's output, or null when the line is something else. Never throws. */
export function parseLine(line: string): JsonObject | null {
  if (!line.trimStart().startsWith("{") || isTooDeep(line)) return null;
  try {
    return asObject(JSON.parse(line));
  } catch {
    return null;
  }
}

/** The object, or null for anything else. */
export function asObject(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** The names that a type knows: misspelt ones do not compile. Of a `JsonObject` any name. */
type Key<T> = keyof T & string;

/** The field's object; an empty one when it is something else, so that reads can be chained. */
export function objectIn<T extends object>(object: T, key: Key<T>): JsonObject {
  return asObject(field(object, key)) ?? {};
}

export function textIn<T extends object>(object: T, key: Key<T>): string | null {
  const value = field(object, key);
  return typeof value === "string" ? value : null;
}

export function numberIn<T extends object>(object: T, key: Key<T>): number | null {
  const value = field(object, key);
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** A count: the number, or 0. */
export function countIn<T extends object>(object: T, key: Key<T>): number {
  return Math.max(0, numberIn(object, key) ?? 0);
}

export function listIn<T extends object>(object: T, key: Key<T>): readonly unknown[] {
  const value = field(object, key);
  return Array.isArray(value) ? value : [];
}

/** The objects of a list; other members are left out. */
export function objectsIn<T extends object>(object: T, key: Key<T>): readonly JsonObject[] {
  return objectsOf(listIn(object, key));
}

/** The same of a list at hand. */
export function objectsOf(list: readonly unknown[]): readonly JsonObject[] {
  return list.map(asObject).filter((one) => one !== null);
}

/** The object's own field: `constructor` and its like are not data. */
function field(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as JsonObject)[key] : undefined;
}

function isTooDeep(line: string): boolean {
  if (line.length < 2 * maxDepth) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) depth--;
    if (depth > maxDepth) return true;
  }
  return false;
}
