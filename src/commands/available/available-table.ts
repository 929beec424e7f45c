import { cutToWidth, padToWidth, textWidth } from "../../base/text-width.ts";
import type { AvailableAgent } from "./find-agents.ts";

type Row = readonly string[];

const titles: Row = [
  ...["PROVIDER", "VERSION", "SESSION", "RESUME", "STREAMS", "ASKS", "INTERRUPT", "USAGE", "COST", "ATTACH"],
  ...["FLAGS", "PROGRAM"],
];

/** The table of `agents-available`, without a final newline; lines are cut to `columns` unless that is null. */
export function availableTable(agents: readonly AvailableAgent[], columns: number | null): string {
  const rows = [titles, ...agents.map(cells)];
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => textWidth(row[column] ?? ""))));
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
