import { OvermindError } from "../../base/errors.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import type { Budget } from "../../protocol/usage.ts";
import { providerNamed } from "../../providers/registry.ts";
import { hasBounds } from "./budget-rule.ts";

/**
 * The bounds that a mission is made with; null: none.
 *
 * @throws OvermindError invalid_argument
 */
export function budgetOf(spec: MissionSpec, asked: Partial<Budget>): Budget | null {
  const budget = { max_cost: asked.max_cost ?? null, max_tokens: asked.max_tokens ?? null, max_turns: asked.max_turns ?? null };
  if (!hasBounds(budget)) return null;
  refuseUnknownCost(spec, budget);
  return budget;
}

/**
 * Refuses a bound on the cost of an agent that tells none. What is below a command may be of any kind,
 * so that may have every bound.
 *
 * @throws OvermindError invalid_argument
 */
export function refuseUnknownCost({ agent, provider }: MissionSpec, { max_cost }: Budget): void {
  if (max_cost === null || agent == null || providerNamed(provider).capabilities.cost) return;
  throw new OvermindError("invalid_argument", `max_cost: ${provider} does not tell what it costs, so no cost can be bounded`, {
    details: { field: "max_cost", provider },
    hint: "Bound its tokens or turns: --max-tokens N, --max-turns N.",
  });
}
