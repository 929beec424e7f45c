import * as v from "valibot";
import { OvermindError } from "../base/errors.ts";
import { padToWidth, visible } from "../base/text-width.ts";
import { type ConfigValue, type ConfigView, changedKeys } from "../protocol/config.ts";
import { type Command, commandLine, wire } from "./command.ts";
import type { CommandLineContext } from "./command-line-context.ts";
import { UsageError } from "./usage-error.ts";

export const command: Command = {
  name: "config",
  summary: "Show the settings in force and where each comes from",
  group: "Set-up",
  commandLine: commandLine({
    flags: {
      field: { kind: "string", short: "f", placeholder: "KEY", summary: "the value of one key, such as keep_days or grace" },
      json: { kind: "boolean", summary: "answer as JSON" },
    },
    description:
      "Settings stand in config.toml in the home; what it does not say is default. A running daemon takes a changed file at once, and keeps the last good one while it is broken; so does the next daemon.",
    examples: [
      ["overmind config", "all settings"],
      ["overmind config -f defaults.grace", "what missions get without --grace"],
    ],
    needs: "nothing",
    async run(context, { flags }) {
      const { view, warning } = await effective(context);
      if (flags.field !== undefined) await context.screen.line(fieldText(view, flags.field));
      else await context.screen.line(flags.json ? JSON.stringify(view) : table(view));
      if (warning !== null) context.screen.say(warning);
      return view.config_error === null ? 0 : 1;
    },
  }),
  wire: wire({ params: v.object({}), run: (daemon) => daemon.config() }),
};

interface Effective {
  /** `source` tells who answered. */
  readonly view: ConfigView & { readonly source: "daemon" | "file" };
  readonly warning: string | null;
}

/** What a running daemon goes by, else what the next one would. */
async function effective(context: CommandLineContext): Promise<Effective> {
  const client = await context.connectIfRunning();
  // Loaded only here: other commands need no TOML.
  const { fileView, settledView } = await import("../settings/file-view.ts");
  if (client === null) {
    try {
      const view = { ...settledView(context.paths), source: "file" } as const;
      if (view.config_error === null) return { view, warning: null };
      return { view, warning: `The file is broken, and the next daemon starts with the last good one: ${view.config_error}` };
    } catch (error) {
      // What is loaded apart throws errors of a class apart.
      throw new OvermindError("home_unusable", (error as Error).message, { cause: error });
    }
  }
  const view = await client.request<ConfigView>("config");
  const answer = { ...view, source: "daemon" } as const;
  try {
    const behind = changedKeys(view, fileView(context.paths.config));
    if (behind.length === 0) return { view: answer, warning: null };
    return { view: answer, warning: `The file is newer: the daemon has yet to take ${behind.join(", ")}.` };
  } catch (error) {
    const reason = view.config_error ?? (error as Error).message;
    return {
      view: { ...answer, config_error: reason },
      warning: `The file is broken, and the last good one is in force: ${reason}`,
    };
  }
}

function table({ path, exists, config_error, values, source }: Effective["view"]): string {
  const rows = Object.entries(values).map(([key, entry]) => [
    key,
    shown(key, entry.value),
    entry.from === "default" ? "default" : entry.line === null ? "file" : `line ${entry.line}`,
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => Math.min(row[column]?.length ?? 0, 40))));
  const origin = source === "daemon" ? "in force" : "no daemon runs; the next one takes it";
  const from = config_error === null ? origin : `broken; below stands the last good one (${origin})`;
  return [
    exists || config_error !== null ? `${path}: ${from}` : `${path} is not there: all is default (${origin})`,
    "",
    ...rows.map(
      ([key = "", value = "", origin = ""]) =>
        `${padToWidth(key, widths[0] ?? 0)}  ${padToWidth(value, widths[1] ?? 0)}  ${origin}`,
    ),
  ].join("\n");
}

function fieldText({ values }: ConfigView, key: string): string {
  const name = key.replace(/^\./, "");
  // `grace` for `defaults.grace`: no key bears the same name in both places.
  const entry = values[name] ?? values[`defaults.${name}`];
  if (entry === undefined) throw new UsageError(`there is no setting '${name}'`, "overmind config lists them.");
  return typeof entry.value === "string" ? entry.value : JSON.stringify(entry.value);
}

/** A list as TOML, so that it can be written back; a policy in the flag's spelling, which the file takes too. */
function shown(key: string, value: ConfigValue): string {
  if (value === null) return "-";
  if (key === "defaults.restart") return String(value).replaceAll("_", "-");
  if (!Array.isArray(value)) return visible(String(value));
  if (value.length === 0) return described.has(key) ? "-" : "[]";
  return described.has(key) ? value.map((one) => visible(String(one))).join(", ") : visible(tomlList(value));
}

/** Tables of the file, of which each is told in a few words. */
const described: ReadonlySet<string> = new Set(["hooks", "approvals"]);

const tomlList = (values: readonly ConfigValue[]): string => `[${values.map((one) => JSON.stringify(one)).join(", ")}]`;
