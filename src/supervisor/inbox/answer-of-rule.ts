import type { MissionSpec } from "../../mission/spec.ts";
import type { PendingRequest } from "../../providers/normalised-event.ts";
import type { ApprovalRule } from "../../settings/settings.ts";
import type { GivenAnswer } from "./answer-choice.ts";
import { ruleFor } from "./approval-rule.ts";

export interface RuleAnswer {
  readonly given: GivenAnswer;
  /** Which rule, as it goes on record. */
  readonly by: string;
}

/** How a request is answered without a person; null: a person is asked. */
export function answerOfRule(
  { tool, input, kind }: PendingRequest,
  { name, labels, provider, policy }: MissionSpec,
  rules: readonly ApprovalRule[],
): RuleAnswer | null {
  const found = ruleFor(rules, { tool, input, mission: name, labels, provider });
  if (found !== null && found.rule.answer !== "ask") {
    const { answer: decision, message, match } = found.rule;
    const by = `rule: approvals[${found.place}] ${found.rule.tool}${match === null ? "" : `(${match})`}`;
    // A question wants an answer, not a permission.
    if (kind === "permission" || decision === "deny") return { given: { decision, message: message ?? undefined }, by };
  }
  if (policy.onAsk !== "deny") return null;
  return { given: { decision: "deny", message: "Nobody is here to allow it." }, by: "rule: on_ask" };
}
