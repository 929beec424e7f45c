import type { AccountRow } from "../../store/account-table.ts";
import { readRows, writeRows } from "../recovery/rows-file.ts";

/**
 * Writes the limits of accounts beside the database: without them all who wait would start at once, into the
 * limit that they wait for, after the database was lost.
 *
 * @throws whatever keeps the file from being written
 */
export const writeAccounts = (path: string, accounts: readonly AccountRow[]): void => writeRows(path, accounts);

/** The accounts that were written last. */
export const readAccounts = (path: string): AccountRow[] => readRows(path, isAccount);

function isAccount(value: unknown): value is AccountRow {
  const { name, until, strikes } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof name === "string" && (until === null || Number.isInteger(until)) && Number.isInteger(strikes) && Number(strikes) >= 0
  );
}
