import type { MissionSpec } from "../../mission/spec.ts";
import type { BudgetView } from "../../protocol/usage.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { Store } from "../../store/store.ts";
import { shareOf } from "./budget-rule.ts";

/** A mission's budget as it stands; null: it has none of its own. */
export function budgetView(row: MissionRow, store: Store): BudgetView | null {
  if (row.budget === null) return null;
  const { max_cost, max_tokens, max_turns } = row.budget;
  const spent = store.turns.spent(row.id);
  const share = Math.round(shareOf(row.budget, spent) * 1000) / 1000;
  return { max_cost, max_tokens, max_turns, on_budget: (row.spec as MissionSpec).policy.onBudget, spent, share };
}
