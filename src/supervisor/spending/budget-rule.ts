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
    budget.max_cost === null ? null : `${dollars(cost, budget.max_cost)} of ${dollars(budget.max_cost, budget.max_cost)}`,
    budget.max_tokens === null ? null : `${tokens} of ${budget.max_tokens} tokens`,
    budget.max_turns === null ? null : `${turns} of ${budget.max_turns} turns`,
  ]
    .filter((text) => text !== null)
    .join(", ");
}

/** The flag that raises the bound which is nearest. */
export function flagOfNearest(budget: Budget, spent: Spent): string {
  const nearest = shareOf(budget, spent);
  if (part(spent.cost, budget.max_cost) === nearest) return "--max-cost USD";
  return part(spent.tokens, budget.max_tokens) === nearest ? "--max-tokens N" : "--max-turns N";
}

// Of a budget of cents, cents say nothing.
const dollars = (amount: number, bound: number): string => `$${amount.toFixed(bound < 1 ? 4 : 2)}`;

export const hasBounds = ({ max_cost, max_tokens, max_turns }: Budget): boolean =>
  max_cost !== null || max_tokens !== null || max_turns !== null;

// Sums of cents miss the bound by a hair: what is that near counts as there.
function part(spent: number, bound: number | null): number {
  if (bound === null) return 0;
  return bound === 0 ? 1 : Math.round((spent / bound) * 1e9) / 1e9;
}
