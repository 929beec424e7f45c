import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Budget } from "../../protocol/usage.ts";

/**
 * Writes a budget that was changed beside its mission's output: after the database was lost it is not the
 * one that the mission was made with.
 *
 * @throws whatever keeps the file from being written
 */
export function writeBudget(path: string, budget: Budget): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(budget)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The budget that was written last; null where none was, or the file is not whole. */
export function readBudget(path: string): Budget | null {
  try {
    const { max_cost, max_tokens, max_turns } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    const bounds = [max_cost, max_tokens, max_turns];
    return bounds.every(isBound) ? ({ max_cost, max_tokens, max_turns } as Budget) : null;
  } catch {
    return null;
  }
}

const isBound = (value: unknown): boolean => value === null || (typeof value === "number" && value >= 0);
