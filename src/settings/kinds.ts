import { parseDuration } from "../base/durations.ts";
import { signalName } from "../base/signals.ts";
import type { ConfigValue } from "../protocol/config.ts";

/** How one kind of value is read out of TOML, and how it is shown so that it could be written there again. */
export interface Kind<Value> {
  /** @throws Mistake */
  read(raw: unknown): Value;
  show(value: Value): ConfigValue;
}

/** What is wrong with a value; whoever knows the file adds the place. */
export class Mistake extends Error {
  /** Which of several values, such as `[2]`; empty: the value itself. */
  readonly where: string;

  constructor(expected: string, found: unknown, where = "") {
    super(`expected ${expected}, found ${shown(found)}`);
    this.where = where;
  }
}

interface Bounds {
  readonly least?: number;
  readonly most?: number;
}

export const number = ({ least = 0, most = Number.MAX_SAFE_INTEGER }: Bounds = {}): Kind<number> => ({
  read(raw) {
    if (typeof raw !== "number" || !Number.isFinite(raw)) throw new Mistake("a number", raw);
    if (raw < least || raw > most) throw new Mistake(boundsText(least, most), raw);
    return raw;
  },
  show: (value) => value,
});

export const count = (bounds: Bounds = {}): Kind<number> => ({
  read(raw) {
    const value = number(bounds).read(raw);
    if (!Number.isInteger(value)) throw new Mistake("a whole number", raw);
    return value;
  },
  show: (value) => value,
});

/** Milliseconds; a bare number counts `unit`s. */
export const duration = (unit: "ms" | "s" | "d", { least = 0 }: { readonly least?: 0 | 1 } = {}): Kind<number> => ({
  read(raw) {
    if (typeof raw !== "number" && typeof raw !== "string") throw new Mistake('a duration such as "5s" or a number', raw);
    if (typeof raw === "number") number().read(raw);
    const ms = millisecondsOf(raw, unit);
    if (ms < least) throw new Mistake('a duration above 0 such as "5s"', raw);
    return ms;
  },
  show: durationText,
});

/** A duration that the program counts in `unit`s and not in milliseconds. */
export const durationIn = (unit: "s" | "d"): Kind<number> => {
  const unitMs = unit === "s" ? 1000 : 86_400_000;
  const show = (value: number) => (unit === "s" ? durationText(value * unitMs) : `${value}${unit}`);
  return { read: (raw) => duration(unit).read(raw) / unitMs, show };
};

/** `null` by default, and then shown as `null`; nothing in the file means it. */
export const optional = <Value>(kind: Kind<Value>): Kind<Value | null> => ({
  read: (raw) => kind.read(raw),
  show: (value) => (value === null ? null : kind.show(value)),
});

// A minute is 60s, as the help of the flags says it.
const wholeUnits = [
  { unit: "h", unitMs: 3_600_000, leastMs: 3_600_000 },
  { unit: "m", unitMs: 60_000, leastMs: 120_000 },
  { unit: "s", unitMs: 1000, leastMs: 0 },
] as const;

const factors: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Bytes, as a number or as text such as `512M`; powers of 1024. */
export const size = (least = 0): Kind<number> => ({
  read(raw) {
    if (typeof raw !== "string") return count({ least }).read(raw);
    const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(raw.trim()) ?? [];
    if (digits === undefined) throw new Mistake('a size such as "512M" or a number of bytes', raw);
    return count({ least }).read(Math.round(Number(digits) * (factors[unit.toLowerCase()] ?? 1)));
  },
  show: sizeText,
});

export const flag: Kind<boolean> = {
  read(raw) {
    if (typeof raw !== "boolean") throw new Mistake("true or false", raw);
    return raw;
  },
  show: (value) => value,
};

/** One of some words; where a word has an underscore, a dash will do. */
export const choice = <const Word extends string>(words: readonly Word[]): Kind<Word> => ({
  read(raw) {
    const found = typeof raw === "string" ? words.find((word) => word === raw.replaceAll("-", "_")) : undefined;
    if (found === undefined) throw new Mistake(words.join(", "), raw);
    return found;
  },
  show: (value) => value,
});

export const signal: Kind<NodeJS.Signals> = {
  read(raw) {
    try {
      return signalName(String(raw), "");
    } catch {
      throw new Mistake("a signal such as TERM, SIGINT or 15", raw);
    }
  },
  show: (value) => value,
};

export const text: Kind<string> = {
  read(raw) {
    if (typeof raw !== "string" || raw.trim() === "") throw new Mistake("text", raw);
    if (raw.includes("\0")) throw new Mistake("text without NUL", raw);
    return raw;
  },
  show: (value) => value,
};

export const listOf = <Value>(kind: Kind<Value>, least = 0): Kind<readonly Value[]> => ({
  read(raw) {
    if (!Array.isArray(raw)) throw new Mistake("a list", raw);
    if (raw.length < least) throw new Mistake("a list that is not empty", raw);
    return raw.map((one, index) => inside(`[${index}]`, () => kind.read(one)));
  },
  show: (values) => values.map((value) => kind.show(value)),
});

/** One value, or a list of them. */
export const oneOrMore = <Value>(kind: Kind<Value>): Kind<readonly Value[]> => ({
  read: (raw) => (Array.isArray(raw) ? listOf(kind, 1).read(raw) : [kind.read(raw)]),
  show: (values) => values.map((value) => kind.show(value)),
});

/** As a person writes it, and never rounded: `1h`, `5m`, `60s`, `1500ms`. */
function durationText(ms: number): string {
  const whole = wholeUnits.find(({ unitMs, leastMs }) => ms % unitMs === 0 && ms >= leastMs);
  return whole === undefined ? `${ms}ms` : `${ms / whole.unitMs}${whole.unit}`;
}

/** As a person writes it, and never rounded: `256M`; a number where no unit fits. */
function sizeText(bytes: number): ConfigValue {
  const [unit, factor] = Object.entries(factors).findLast(([, one]) => bytes % one === 0 && bytes >= one) ?? ["", 1];
  return unit === "" ? bytes : `${bytes / factor}${unit.toUpperCase()}`;
}

function millisecondsOf(raw: number | string, unit: "ms" | "s" | "d"): number {
  try {
    return parseDuration(String(raw), unit);
  } catch {
    throw new Mistake('a duration such as "5s", "200ms" or "2h"', raw);
  }
}

function inside<Value>(where: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    throw Object.assign(error, { where: where + error.where });
  }
}

function boundsText(least: number, most: number): string {
  return most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
}

function shown(value: unknown): string {
  if (value instanceof Date) return "a date";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "a table";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
