import type { PoolRow } from "../../store/pool-table.ts";
import { readRows, writeRows } from "../recovery/rows-file.ts";

/**
 * Writes the pools beside the database: without their slots whoever waits for one would wait for
 * ever after the database was lost.
 *
 * @throws whatever keeps the file from being written
 */
export const writePools = (path: string, pools: readonly PoolRow[]): void => writeRows(path, pools);

/** The pools that were written last. */
export const readPools = (path: string): PoolRow[] => readRows(path, isPool);

function isPool(value: unknown): value is PoolRow {
  const { name, slots, paused, created_at } = (value ?? {}) as Record<string, unknown>;
  const hasNumbers = Number.isInteger(slots) && Number(slots) >= 0 && Number.isInteger(created_at);
  return typeof name === "string" && typeof paused === "boolean" && hasNumbers;
}
