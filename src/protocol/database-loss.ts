import type { DatabaseLoss } from "./messages.ts";

/** What became of a database that was lost, in one sentence. */
export function lossText({ missions, kept_as }: DatabaseLoss): string {
  const rebuilt = missions === 1 ? "1 mission was rebuilt from its files" : `${missions} missions were rebuilt from their files`;
  return kept_as === null
    ? `the database was lost; ${rebuilt}`
    : `the database was damaged and is kept as ${kept_as}; ${rebuilt}`;
}
