import { padToWidth, textWidth } from "../base/text-width.ts";

/** Columns under their titles, without a final newline; an empty cell is `-`. `right`: titles of columns of numbers. */
export function plainTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<string> = new Set(),
): string {
  const all = [titles, ...rows.map((row) => row.map((cell) => (cell === "" ? "-" : cell)))];
  const widths = titles.map((_, column) => all.reduce((most, row) => Math.max(most, textWidth(row[column] ?? "")), 0));
  return all
    .map((row) =>
      row
        .map((cell, column) => placed(cell, widths[column] ?? 0, titles[column] ?? ""))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");

  function placed(cell: string, width: number, title: string): string {
    return right.has(title) ? " ".repeat(Math.max(0, width - textWidth(cell))) + cell : padToWidth(cell, width);
  }
}
