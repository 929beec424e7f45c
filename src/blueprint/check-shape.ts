import { parseDuration } from "../base/durations.ts";
import { nearestWord } from "../base/nearest-word.ts";
import { type Keys, type Shape, shapeInWords } from "./shape.ts";
import type { Path } from "./source.ts";

/** Takes what is wrong and the keys that lead there. */
export type Report = (message: string, path: Path) => void;

/** Reports everything in `value` that its shape does not allow. */
export function checkShape(value: unknown, shape: Shape, report: Report): void {
  // One way for the whole walk, which grows and shrinks: a blueprint may have a hundred thousand keys.
  checkAt(value, shape, [], (message, path) => report(message, [...path]));
}

type Way = (string | number)[];

function checkAt(value: unknown, shape: Shape, path: Way, report: Report): void {
  if (shape.is === "either") {
    const chosen = shape.of.find((one) => takes(one, kindOf(value)));
    if (chosen === undefined) refuse(value, shape, path, report);
    else checkAt(value, chosen, path, report);
  } else if (shape.is === "list" && Array.isArray(value)) checkList(value, shape, path, report);
  else if (shape.is === "map" && isTable(value)) checkMap(value, shape, path, report);
  else if (shape.is === "table" && isTable(value)) checkTable(value, shape.keys, path, report);
  else if (!fits(value, shape)) refuse(value, shape, path, report);
}

/** Keys as a person writes them: `agents.test.env`, `argv[2]`. */
export function pathText(path: Path): string {
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${/^[\w-]+$/.test(key) ? key : JSON.stringify(key)}`))
    .join("")
    .replace(/^\./, "");
}

/** `: did you mean …?`, or nothing when no known word is near. */
export function suggestion(word: string, known: Iterable<string>): string {
  const meant = nearestWord(word, known);
  return meant === undefined ? "" : `: did you mean \`${meant}\`?`;
}

export const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

function checkTable(table: Record<string, unknown>, keys: Keys, way: Way, report: Report): void {
  for (const name of Object.keys(table)) {
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (key === undefined) {
      const where = way.length === 0 ? "" : ` in ${pathText(way)}`;
      report(`unknown key \`${name}\`${where}${suggestion(name, Object.keys(keys))}`, [...way, name]);
      continue;
    }
    way.push(name);
    checkAt(table[name], key.shape, way, report);
    way.pop();
  }
}

function checkMap(table: Record<string, unknown>, shape: Shape & { is: "map" }, way: Way, report: Report): void {
  for (const name of Object.keys(table)) {
    way.push(name);
    if (!shape.names.test(name)) report(`${pathText(way)}: a name takes ${shape.wants}`, way);
    checkAt(table[name], shape.of, way, report);
    way.pop();
  }
}

function checkList(list: readonly unknown[], shape: Shape & { is: "list" }, way: Way, report: Report): void {
  const { least = 0, most = Number.POSITIVE_INFINITY } = shape;
  if (list.length < least) report(`${pathText(way)} is empty`, way);
  if (list.length > most) {
    report(`${pathText(way)} has ${list.length} elements; at most ${most} are allowed`, way);
    return;
  }
  for (const [index, item] of list.entries()) {
    way.push(index);
    checkAt(item, shape.of, way, report);
    way.pop();
  }
}

function refuse(value: unknown, shape: Shape, path: Path, report: Report): void {
  const near = shape.is === "choice" && typeof value === "string" ? suggestion(value, shape.of) : "";
  report(`${pathText(path)} takes ${shapeInWords(shape)}, not ${valueInWords(value)}${near}`, path);
}

function fits(value: unknown, shape: Shape): boolean {
  switch (shape.is) {
    case "text":
      return typeof value === "string" && !value.includes("\0") && (shape.pattern?.test(value) ?? true);
    case "flag":
      return typeof value === "boolean";
    case "whole":
      return Number.isSafeInteger(value) && isWithin(value as number, shape);
    case "number":
      return Number.isFinite(value) && isWithin(value as number, shape);
    case "duration":
      return typeof value === "number" ? Number.isFinite(value) && value >= 0 : typeof value === "string" && isDuration(value);
    case "choice":
      return typeof value === "string" && shape.of.includes(value);
    case "any":
      return true;
    default:
      return false;
  }
}

const isWithin = (value: number, { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY }): boolean =>
  value >= least && value <= most;

function isDuration(text: string): boolean {
  try {
    parseDuration(text, "s");
    return true;
  } catch {
    return false;
  }
}

type Kind = "text" | "number" | "flag" | "list" | "table" | "other";

function kindOf(value: unknown): Kind {
  if (typeof value === "string") return "text";
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "flag";
  if (Array.isArray(value)) return "list";
  return isTable(value) ? "table" : "other";
}

// A table instead of lists made for each value: this is asked for every key of a blueprint.
const kindsOf: Readonly<Record<Exclude<Shape["is"], "either">, readonly Kind[]>> = {
  text: ["text"],
  choice: ["text"],
  flag: ["flag"],
  whole: ["number"],
  number: ["number"],
  duration: ["text", "number"],
  list: ["list"],
  map: ["table"],
  table: ["table"],
  any: ["text", "number", "flag", "list", "table", "other"],
};

const takes = (shape: Shape, kind: Kind): boolean =>
  shape.is === "either" ? shape.of.some((one) => takes(one, kind)) : kindsOf[shape.is].includes(kind);

function valueInWords(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (isTable(value)) return "a table";
  if (typeof value !== "string") return String(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text;
}
