import * as v from "valibot";
import { plainTable } from "../protocol/plain-table.ts";
import type { BudgetView } from "../protocol/usage.ts";
import { requester, requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { UsageError } from "./usage-error.ts";
import { count, reference } from "./wire-fields.ts";

export const command: Command = {
  name: "budget",
  summary: "Show or change what a mission and all below it may spend",
  group: "Agents",
  commandLine: commandLine({
    flags: {
      "max-cost": { kind: "number", placeholder: "USD", summary: "what it may cost" },
      "max-tokens": { kind: "integer", placeholder: "N", summary: "tokens, without reads from a cache" },
      "max-turns": { kind: "integer", placeholder: "N", summary: "turns of agents" },
      json: { kind: "boolean", summary: "answer as JSON" },
    },
    positionals: { usage: "ID", summary: "id or name", least: 1, most: 1 },
    description:
      "A budget is for a mission and all below it together. At 80 % the event mission.budget_warned is told; when it is spent, agents that spend it are interrupted and wait until it is raised, or end (run --on-budget stop). What is given here replaces that bound; missions that waited for it go on.",
    examples: [
      ["overmind budget build", "what is spent of it"],
      ["overmind budget build --max-cost 20", "it may cost 20 dollars in all"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [id] }) {
      if ((flags["max-cost"] ?? 0) < 0) throw new UsageError("--max-cost takes an amount from 0 on");
      const bounds = { max_cost_usd: flags["max-cost"], max_tokens: flags["max-tokens"], max_turns: flags["max-turns"] };
      const client = await context.connect();
      const budget = await client.request<BudgetView | null>("budget", { id, ...bounds, by: requester(context) });
      if (flags.json) await context.screen.line(JSON.stringify(budget));
      else if (budget === null) context.screen.say(`${id} has no budget of its own`);
      else await context.screen.line(budgetTable(budget));
      return 0;
    },
  }),
  wire: wire({
    /** Without a bound: the budget as it stands. */
    params: v.object({
      id: reference,
      max_cost_usd: v.optional(v.pipe(v.number("must be a number"), v.minValue(0, "must not be negative"))),
      max_tokens: v.optional(count),
      max_turns: v.optional(count),
      by: requesterField,
    }),
    run(daemon, { id, max_cost_usd, max_tokens, max_turns, by }) {
      const changes = {
        ...(max_cost_usd === undefined ? {} : { max_cost: max_cost_usd }),
        ...(max_tokens === undefined ? {} : { max_tokens }),
        ...(max_turns === undefined ? {} : { max_turns }),
      };
      return Object.keys(changes).length === 0 ? daemon.spending.budget(id) : daemon.spending.setBudget(id, changes, by);
    },
  }),
};

function budgetTable({ max_cost, max_tokens, max_turns, spent }: BudgetView): string {
  const shown = (value: number | null, isMoney: boolean) => (value === null ? "" : isMoney ? value.toFixed(4) : String(value));
  return plainTable(
    ["WHAT", "SPENT", "OF"],
    [
      ["cost", shown(spent.cost, true), shown(max_cost, true)],
      ["tokens", shown(spent.tokens, false), shown(max_tokens, false)],
      ["turns", shown(spent.turns, false), shown(max_turns, false)],
    ],
    new Set(["SPENT", "OF"]),
  );
}
