import * as v from "valibot";
import { costText } from "../protocol/mission-columns.ts";
import { plainTable } from "../protocol/plain-table.ts";
import { type UsageRow, usageKeys } from "../protocol/usage.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { timeOf } from "./read-time.ts";
import { reference, time } from "./wire-fields.ts";

export const command: Command = {
  name: "usage",
  summary: "Tokens and cost of agents",
  group: "Agents",
  commandLine: commandLine({
    flags: {
      by: { kind: "choice", choices: usageKeys, summary: "a line for each of these (mission)" },
      since: {
        kind: "string",
        placeholder: "T",
        summary: "only turns that ended since then: 7d (ago), an ISO 8601 time, or epoch seconds",
      },
      json: { kind: "boolean", summary: "a JSON array of objects" },
    },
    positionals: { usage: "[ID]", summary: "only this mission and all below it", least: 0, most: 1 },
    description:
      "What agents told of their turns, also of missions that were removed; kept for usage_keep_days. INPUT is without what a cache answered (CACHED) and what was written to it (WRITTEN); OUTPUT is with REASONING. COST is in US dollars as agents tell it; a + means that some told none.",
    examples: [
      ["overmind usage --by day --since 7d", "the last week, day by day"],
      ["overmind usage build", "a mission and all that it started"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [id] }) {
      const since = timeOf(flags.since, "--since");
      const client = await context.connect();
      const rows = await client.request<UsageRow[]>("usage", { id, by: flags.by, since }, { resend: true });
      await context.screen.line(flags.json ? JSON.stringify(rows) : usageTable(rows));
      return 0;
    },
  }),
  wire: wire({
    params: v.object({
      id: v.optional(reference),
      by: v.optional(v.picklist(usageKeys, `must be of ${usageKeys.join(", ")}`), "mission"),
      since: v.optional(time),
    }),
    run: (daemon, { id, by, since }) => daemon.spending.usage({ by, since, tree: id }),
  }),
};

const titles = ["KEY", "NAME", "TURNS", "INPUT", "CACHED", "WRITTEN", "OUTPUT", "REASONING", "COST"];

function usageTable(rows: readonly UsageRow[]): string {
  const hasNames = rows.some(({ name }) => name !== null);
  const shown = [...rows, ...(rows.length > 1 ? [totalOf(rows)] : [])].map((row) => [
    row.key,
    row.name ?? "",
    String(row.turns),
    String(row.input_tokens),
    String(row.cached_tokens),
    String(row.cache_write_tokens),
    String(row.output_tokens),
    String(row.reasoning_tokens),
    row.cost_usd === null ? "" : `${costText(row.cost_usd)}${row.turns_without_cost > 0 ? "+" : ""}`,
  ]);
  const isKept = (_: string, column: number) => hasNames || titles[column] !== "NAME";
  return plainTable(
    titles.filter(isKept),
    shown.map((row) => row.filter(isKept)),
    new Set(titles.slice(2)),
  );
}

function totalOf(rows: readonly UsageRow[]): UsageRow {
  const sum = (count: (row: UsageRow) => number) => rows.reduce((total, row) => total + count(row), 0);
  const isCostKnown = rows.some(({ cost_usd }) => cost_usd !== null);
  return {
    key: "total",
    name: null,
    turns: sum(({ turns }) => turns),
    turns_without_cost: sum(({ turns_without_cost }) => turns_without_cost),
    input_tokens: sum(({ input_tokens }) => input_tokens),
    cached_tokens: sum(({ cached_tokens }) => cached_tokens),
    cache_write_tokens: sum(({ cache_write_tokens }) => cache_write_tokens),
    output_tokens: sum(({ output_tokens }) => output_tokens),
    reasoning_tokens: sum(({ reasoning_tokens }) => reasoning_tokens),
    cost_usd: isCostKnown ? sum(({ cost_usd }) => cost_usd ?? 0) : null,
  };
}
