import { readFileSync, renameSync, writeFileSync } from "node:fs";

/**
 * Writes rows beside the database, so that they outlive its loss. Whole or not at all; nothing where the
 * file says the same already.
 *
 * @throws whatever keeps the file from being written
 */
export function writeRows(path: string, rows: readonly object[]): void {
  const text = `${JSON.stringify(rows, null, 2)}\n`;
  if (textOf(path) === text) return;
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The rows that were written last, without what is none; none where the file is not there or not whole. */
export function readRows<Row>(path: string, isRow: (value: unknown) => value is Row): Row[] {
  try {
    const found: unknown = JSON.parse(textOf(path) ?? "[]");
    return Array.isArray(found) ? found.filter(isRow) : [];
  } catch {
    return [];
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
