import { formatDuration } from "../../base/durations.ts";
import { cutToWidth, textWidth, visible } from "../../base/text-width.ts";
import type { TopRow, TopView } from "../../protocol/top.ts";

const titles = ["ID", "NAME", "STATUS", "CPU%", "MEMORY", "PROCS", "UPTIME", "RESTARTS", "TOKENS", "COST", "COMMAND"];
const leftColumns = [0, 1, 2, 10];
const commandColumn = 10;
const yieldingColumns = [8, 9];
// Where there is still no room, these give way, whatever they say.
const lastToYield = [7, 5];
const leastCommand = 12;
const longestName = 20;
const gap = "  ";

export interface TopTableOptions {
  /** Null: nothing is cut. */
  readonly columns: number | null;
  /** Lines of the screen; null: all missions are shown. */
  readonly rows: number | null;
  readonly hasColor: boolean;
}

/** The table of `top`, a line a mission, without a final newline; what does not fit is told in the last line. */
export function topTable({ missions }: TopView, { columns, rows, hasColor }: TopTableOptions): string {
  const room = rows === null || missions.length + 1 <= rows ? missions.length : Math.max(0, rows - 2);
  const body = missions.slice(0, room).map((mission) => cells(mission, columns !== null));
  const shown = shownColumns(body, columns);
  const [head = "", ...lines] = [titles, ...body].map((row) => line(row, shown, columns));
  const more = missions.length - room;
  return [
    hasColor ? `\u001b[1m${head}\u001b[0m` : head,
    ...lines,
    ...(more > 0 ? [cutToWidth(`… and ${more} more`, columns ?? 80)] : []),
  ].join("\n");
}

/** Bytes for a person: `0`, `812K`, `3.4M`, `1.2G`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let value = bytes / 1024;
  for (const unit of ["K", "M", "G"]) {
    if (value < 999.5) return `${value < 9.95 && unit !== "K" ? value.toFixed(1) : value.toFixed(0)}${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)}T`;
}

function cells(row: TopRow, isNarrow: boolean): string[] {
  const name = visible(row.name);
  return [
    row.id,
    isNarrow ? cutToWidth(name, longestName) : name,
    row.status,
    row.cpu_percent === null ? "-" : row.cpu_percent.toFixed(1),
    row.memory_bytes === null ? "-" : formatBytes(row.memory_bytes),
    row.processes === null ? "-" : String(row.processes),
    row.uptime_ms === null ? "-" : formatDuration(row.uptime_ms),
    String(row.restart_count),
    row.tokens === null ? "-" : String(row.tokens),
    row.cost === null ? "-" : row.cost.toFixed(2),
    visible(row.command),
  ];
}

interface Column {
  readonly index: number;
  readonly width: number;
}

/** Where the command would have no room, columns in which no row says anything give way, then what matters least. */
function shownColumns(body: readonly (readonly string[])[], columns: number | null): Column[] {
  const all = titles.map((title, index) => ({
    index,
    width: body.reduce((most, row) => Math.max(most, textWidth(row[index] ?? "")), title.length),
  }));
  if (columns === null || leastWidth(all) <= columns) return all;
  let shown = all.filter(({ index }) => !yieldingColumns.includes(index) || body.some((row) => row[index] !== "-"));
  for (const column of lastToYield) {
    if (leastWidth(shown) > columns) shown = shown.filter(({ index }) => index !== column);
  }
  return shown;
}

const leastWidth = (shown: readonly Column[]): number =>
  shown.reduce((sum, { index, width }) => sum + (index === commandColumn ? leastCommand : width + gap.length), 0);

/** The command is cut first; where even that is too wide, the end of the line. */
function line(row: readonly string[], shown: readonly Column[], columns: number | null): string {
  const text = shown
    .map(({ index, width }) => {
      const cell = row[index] ?? "";
      if (index === commandColumn) return cell;
      const blanks = " ".repeat(Math.max(0, width - textWidth(cell)));
      return leftColumns.includes(index) ? cell + blanks : blanks + cell;
    })
    .join(gap);
  return columns === null ? text : cutToWidth(text, columns);
}
