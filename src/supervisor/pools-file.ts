import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { PoolRow } from "../store/pool-table.ts";

/**
 * Writes the pools beside the database: without their slots whoever waits for one would wait for
 * ever after the database was lost.
 *
 * @throws whatever keeps the file from being written
 */
export function writePools(path: string, pools: readonly PoolRow[]): void {
  const text = `${JSON.stringify(pools, null, 2)}\n`;
  if (textOf(path) === text) return;
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The pools that were written last; none where the file is not there or not whole. */
export function readPools(path: string): PoolRow[] {
  try {
    const found: unknown = JSON.parse(textOf(path) ?? "[]");
    return Array.isArray(found) ? found.filter(isPool) : [];
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

function isPool(value: unknown): value is PoolRow {
  const { name, slots, paused, created_at } = (value ?? {}) as Record<string, unknown>;
  const hasNumbers = Number.isInteger(slots) && Number(slots) >= 0 && Number.isInteger(created_at);
  return typeof name === "string" && typeof paused === "boolean" && hasNumbers;
}
