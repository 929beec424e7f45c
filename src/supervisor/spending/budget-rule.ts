import type { Budget, Spent } from "../../protocol/usage.ts";

/** At this share of a budget it is told that it runs out. */
export const warnedShare = 0.8;

/** The share of the bound that is nearest; 1 and more: the budget is spent. */
export function shareOf({ max_cost, max_tokens, max_turns }: Budget, { cost, tokens, turns }: Spent): number {
  return Math.max(part(cost, max_cost), part(tokens, max_tokens), part(turns, max_turns));
}

/** What is spent of it, for a person: `$4.10 of $5.00, 120 of 500 turns`. */
export function spentText(budget: Budget, { cost, tokens, turns }: Spent): string {
  return [
    budget.max_cost === null ? null : `$${cost.toFixed(2)} of $${budget.max_cost.toFixed(2)}`,
    budget.max_tokens === null ? null : `${tokens} of ${budget.max_tokens} tokens`,
    budget.max_turns === null ? null : `${turns} of ${budget.max_turns} turns`,
  ]
    .filter((text) => text !== null)
    .join(", ");
}

export const hasBounds = ({ max_cost, max_tokens, max_turns }: Budget): boolean =>
  max_cost !== null || max_tokens !== null || max_turns !== null;

// Sums of cents miss the bound by a hair: what is that near counts as there.
function part(spent: number, bound: number | null): number {
  if (bound === null) return 0;
  return bound === 0 ? 1 : Math.round((spent / bound) * 1e9) / 1e9;
}
