import { cutToWidth, padToWidth, textWidth } from "../../base/text-width.ts";
import type { AvailableAgent } from "./find-agents.ts";

type Row = readonly string[];

const titles: Row = [
  ...["PROVIDER", "VERSION", "SESSION", "RESUME", "STREAMS", "ASKS", "INTERRUPT", "USAGE", "COST", "ATTACH"],
  ...["FLAGS", "PROGRAM"],
];

/**
 * The table of `agents-available`, without a final newline. Where it does not fit into `columns` it tells only
 * what is installed and where, and how to see the rest; null: nothing is left out.
 */
export function availableTable(agents: readonly AvailableAgent[], columns: number | null): string {
  const whole = [titles, ...agents.map(cells)];
  const text = table(whole, null);
  if (columns === null || text.split("\n").every((line) => textWidth(line) <= columns)) return text;
  const short = whole.map((row) => row.filter((_, column) => shortColumns.includes(column)));
  return `${table(short, columns)}\n\n${cutToWidth("What each can do: a wider terminal, | less -S, or --json", columns)}`;
}

const shortColumns = ["PROVIDER", "VERSION", "RESUME", "ATTACH", "PROGRAM"].map((title) => titles.indexOf(title));

function table(rows: readonly Row[], columns: number | null): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => textWidth(row[column] ?? ""))));
  return rows
    .map((row) =>
      row
        .map((cell, column) => padToWidth(cell, widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => (columns === null ? line : cutToWidth(line, columns)))
    .join("\n");
}

function cells(agent: AvailableAgent): Row {
  const { provider, version, session, resume, streams, asks, interrupt, usage, cost, attach, flags } = agent;
  const program = agent.needs_command ? "any command" : (agent.program ?? "-");
  return [
    ...[
      provider,
      version ?? (agent.available ? "-" : "not found"),
      session ?? "-",
      word(resume),
      where(streams),
      where(asks),
      word(interrupt),
    ],
    ...[usage ?? "-", word(cost), word(attach), flags.join(",") || "-", program],
  ];
}

const word = (can: boolean): string => (can ? "yes" : "-");

const where = ({ task, session }: AvailableAgent["asks"]): string =>
  [...(task ? ["task"] : []), ...(session ? ["session"] : [])].join(",") || "-";
