import { meantEventType } from "../base/event-pattern.ts";
import { eventTypes } from "../base/event-types.ts";
import { matchesGlob } from "../base/glob.ts";
import { isMissionName } from "../base/mission-name.ts";
import { KeyError, readKey, unknownKey } from "./key-errors.ts";
import { count, duration, type Kind, listOf, Mistake, oneOrMore, text } from "./kinds.ts";
import type { HookSpec } from "./settings.ts";

const hookName: Kind<string> = {
  read(raw) {
    if (typeof raw !== "string" || !isMissionName(raw))
      throw new Mistake("a letter or digit, then up to 62 of A-Za-z0-9_.-", raw);
    return raw;
  },
  show: (value) => value,
};

/** An event's type with `*` and `?`, such as `mission.*`. */
const glob: Kind<string> = {
  read(raw) {
    if (typeof raw !== "string" || !/^[a-z_.*?, ]+$/.test(raw))
      throw new Mistake('a pattern of event types such as "mission.*"', raw);
    for (const part of raw.split(",")) checkPart(part.trim());
    return raw;
  },
  show: (value) => value,
};

/** A pattern that nothing ever matches would wait in silence for ever. */
function checkPart(part: string): void {
  const matching = eventTypes.filter((type) => matchesGlob(part, type));
  if (matching.some((type) => !isNewsOfHooks(type))) return;
  if (matching.length > 0)
    throw new Mistake("a pattern of other events, as news of hooks is never delivered to a hook, which it would feed", part);
  const meant = meantEventType(part, families);
  const hint = meant === undefined ? `such as ${families.join(", ")}` : `did you mean "${meant}"?`;
  throw new Mistake(`a pattern that some type of event matches (${hint})`, part);
}

const isNewsOfHooks = (type: string): boolean => type.startsWith("hook.");

const families = ["mission.*", "daemon.*", "config.*", "pool.*"];

const command: Kind<string | readonly string[]> = {
  read: (raw) => (Array.isArray(raw) ? listOf(text, 1).read(raw) : text.read(raw)),
  show: (value) => value,
};

const known = ["name", "on", "run", "timeout", "retries"];

/** Reads the tables `[[hooks]]`. Throws KeyError. */
export function readHooks(raw: unknown): readonly HookSpec[] {
  if (!Array.isArray(raw)) throw new KeyError("hooks", "`hooks` is a list of tables: write [[hooks]] above each");
  const hooks = raw.map((table, index) => readHook(table as Record<string, unknown>, `hooks[${index}]`));
  for (const [index, { name }] of hooks.entries()) {
    if (hooks.findIndex((other) => other.name === name) < index)
      throw new KeyError(`hooks[${index}]`, `\`hooks[${index}]\`: another hook is called ${name} already; names must differ`);
  }
  return hooks;
}

function readHook(table: Record<string, unknown>, path: string): HookSpec {
  if (typeof table !== "object" || Array.isArray(table))
    throw new KeyError(path, `\`${path}\` is a table with the keys ${known.join(", ")}`);
  for (const key of Object.keys(table)) if (!known.includes(key)) throw unknownKey(`${path}.${key}`, known);
  const missing = ["on", "run"].find((key) => table[key] === undefined);
  if (missing !== undefined) throw new KeyError(path, `\`${path}\` lacks \`${missing}\``);
  const read = <Value>(key: string, kind: Kind<Value>, fallback?: Value) =>
    table[key] === undefined && fallback !== undefined ? fallback : readKey(`${path}.${key}`, kind, table[key]);
  const on = read("on", oneOrMore(glob));
  const run = read("run", command);
  return {
    name: read("name", hookName, `hook-${shortHash(JSON.stringify([on, run]))}`),
    on,
    run,
    timeoutMs: read("timeout", duration("s", { least: 1 }), 30_000),
    retries: read("retries", count({ most: 1000 }), 5),
  };
}

/** FNV-1a (RFC draft-eastlake-fnv), 32 bits as hexadecimal: a name, no secret. */
function shortHash(words: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(words)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}
