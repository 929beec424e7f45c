import { padToWidth, textWidth } from "../base/text-width.ts";
import type { PoolView } from "../protocol/messages.ts";

const titles = ["NAME", "SLOTS", "USED", "QUEUED", "PAUSED"];

/** The table of `pool ls`, without a final newline. */
export function poolTable(pools: readonly PoolView[]): string {
  const rows = [titles, ...pools.map(cells)];
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => textWidth(row[column] ?? ""))));
  return rows
    .map((row) =>
      row
        .map((cell, column) => padToWidth(cell, widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const cells = ({ name, slots, used, queued, paused }: PoolView): string[] => [
  name,
  String(slots),
  String(used),
  String(queued),
  paused ? "yes" : "no",
];
