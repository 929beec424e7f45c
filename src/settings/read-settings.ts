import { readFileSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import { OvermindError } from "../base/errors.ts";
import { readApprovals } from "./approval-fields.ts";
import { daemonFields, missionFields } from "./fields.ts";
import { readHooks } from "./hook-fields.ts";
import { KeyError, readKey, unknownKey } from "./key-errors.ts";
import type { Kind } from "./kinds.ts";
import { type LimitSettings, limitFields } from "./limit-fields.ts";
import { type Place, placesOf } from "./places.ts";
import type { MissionDefaults, Settings } from "./settings.ts";

/** The settings, and what they were made of. */
export interface SettingsFile {
  readonly path: string;
  /** Null: there is no file, and all is default. */
  readonly text: string | null;
  readonly settings: Settings;
  /** Paths of the keys that the file sets, such as `defaults.grace`. */
  readonly given: ReadonlySet<string>;
  placeOf(path: string): Place | undefined;
}

/**
 * Reads `config.toml`; without one all is default.
 *
 * @throws OvermindError home_unusable naming the file, the line and the key
 */
export function readSettings(path: string): SettingsFile {
  return settingsFrom(readText(path), path);
}

/** As `readSettings`, of a text that was read already; null: there is no file. */
export function settingsFrom(text: string | null, path: string): SettingsFile {
  const placeOf = placesOf(text ?? "");
  const table = text === null ? {} : parseToml(text, path);
  try {
    return { path, text, settings: checked(table), given: keysOf(table), placeOf };
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    const place = placeOf(error.key);
    const where = place === undefined ? path : `${path}:${place.line}:${place.column}`;
    throw new OvermindError("home_unusable", `${where}: ${error.message}`, { details: { field: error.key } });
  }
}

/** The text of the file, or null when there is none. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new OvermindError("home_unusable", `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = error.message.split("\n")[0]?.replace("Invalid TOML document: ", "") ?? "";
    throw new OvermindError("home_unusable", `${path}:${error.line}:${error.column}: ${what}`, { cause: error });
  }
}

function checked(table: Record<string, unknown>): Settings {
  const { defaults = {}, hooks = [], approvals = [], limits = {}, ...rest } = table;
  const known = [...Object.keys(daemonFields), "defaults", "hooks", "approvals", "limits"];
  for (const key of Object.keys(rest)) {
    if (Object.hasOwn(daemonFields, key)) continue;
    if (Object.hasOwn(missionFields, key))
      throw new KeyError(key, `\`${key}\` is a default of missions: write it below [defaults]`);
    throw unknownKey(key, known);
  }
  if (!isTable(defaults)) throw new KeyError("defaults", "`defaults` is a table: write [defaults] and its keys below");
  for (const key of Object.keys(defaults)) {
    if (Object.hasOwn(missionFields, key)) continue;
    const path = `defaults.${key}`;
    if (Object.hasOwn(daemonFields, key)) throw new KeyError(path, `\`${key}\` concerns the daemon: write it above [defaults]`);
    throw unknownKey(path, Object.keys(missionFields));
  }
  if (!isTable(limits)) throw new KeyError("limits", "`limits` is a table: write [limits] and its keys below");
  for (const key of Object.keys(limits)) {
    if (Object.hasOwn(missionFields, key) && !Object.hasOwn(limitFields, key))
      throw new KeyError(`limits.${key}`, `\`${key}\` is a default of missions: write it below [defaults]`);
    if (!Object.hasOwn(limitFields, key)) throw unknownKey(`limits.${key}`, Object.keys(limitFields));
  }
  return {
    ...(values(rest, daemonFields, "") as Omit<Settings, "defaults" | "hooks" | "approvals" | "limits">),
    defaults: values(defaults, missionFields, "defaults.") as MissionDefaults,
    hooks: readHooks(hooks),
    approvals: readApprovals(approvals),
    limits: values(limits, limitFields, "limits.") as LimitSettings,
  };
}

interface PlainField {
  readonly property: string;
  readonly kind: { read(raw: unknown): unknown };
  readonly fallback: unknown;
}

function values(table: Record<string, unknown>, fields: Readonly<Record<string, PlainField>>, prefix: string): object {
  const read = Object.entries(fields).map(([key, { property, kind, fallback }]) => {
    const raw = table[key];
    return [property, raw === undefined ? fallback : readKey(prefix + key, kind as Kind<unknown>, raw)] as const;
  });
  return Object.fromEntries(read);
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

function keysOf(table: Record<string, unknown>): Set<string> {
  const tables = ["defaults", "limits"];
  const inside = tables.flatMap((name) => Object.keys((table[name] as object | undefined) ?? {}).map((key) => `${name}.${key}`));
  return new Set([...Object.keys(table).filter((key) => !tables.includes(key)), ...inside]);
}
