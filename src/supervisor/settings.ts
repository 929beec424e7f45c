import { readFileSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import { OvermindError } from "../base/errors.ts";
import { nearestWord } from "../base/nearest-word.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const settingsSchema = v.object({
  /** Finished missions that are kept. */
  keep_finished: v.optional(count, 1000),
  /** Days that a finished mission is kept. */
  keep_days: v.optional(v.pipe(v.number(), v.minValue(0)), 30),
  /** Events that are kept. */
  events_keep: v.optional(count, 200_000),
  /** Bytes of output that are kept of one mission. */
  log_max_bytes: v.optional(v.pipe(count, v.minValue(4096)), 256 * 1024 * 1024),
  /** Names of programs that live on, listed, when an agent ends by itself and leaves them. */
  leftovers_keep: v.optional(v.array(v.string()), ["gpg-agent", "ssh-agent", "ssh", "dbus-daemon", "tmux", "adb", "watchman"]),
});

/** What `config.toml` may say; every key has a default. */
export type Settings = v.InferOutput<typeof settingsSchema>;

export const defaultSettings: Settings = v.parse(settingsSchema, {});

/**
 * Reads `config.toml`; without one all is default.
 *
 * @throws OvermindError home_unusable naming the file, and the line or the key
 */
export function loadSettings(path: string): Settings {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return defaultSettings;
    throw new OvermindError("home_unusable", `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return checkSettings(parseToml(text, path), path);
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

function checkSettings(table: Record<string, unknown>, path: string): Settings {
  const known = Object.keys(settingsSchema.entries);
  for (const key of Object.keys(table)) {
    if (known.includes(key)) continue;
    const meant = nearestWord(key, known);
    throw new OvermindError("home_unusable", `${path}: unknown key \`${key}\`${meant ? `: did you mean \`${meant}\`?` : ""}`, {
      details: { field: key, known },
    });
  }
  const result = v.safeParse(settingsSchema, table);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const key = issue.path?.[0]?.key;
  throw new OvermindError(
    "home_unusable",
    `${path}: \`${String(key)}\`: expected ${issue.expected ?? issue.requirement}, found ${issue.received}`,
    {
      details: { field: key },
    },
  );
}
