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

/**
 * How a request is answered without a person; null: a person is asked. The mission's own rules come
 * first.
 *
 * @param rules of config.toml
 */
export function answerOfRule(
  { tool, input, kind }: PendingRequest,
  { name, labels, provider, policy, approvals: own = [] }: MissionSpec,
  rules: readonly ApprovalRule[],
): RuleAnswer | null {
  const found = ruleFor([...own, ...rules], { tool, input, mission: name, labels, provider });
  if (found !== null && found.rule.answer !== "ask") {
    const { answer: decision, message, match } = found.rule;
    const where = found.place < own.length ? `own approvals[${found.place}]` : `approvals[${found.place - own.length}]`;
    const by = `rule: ${where} ${found.rule.tool}${match === null ? "" : `(${match})`}`;
    // A question wants an answer, not a permission.
    if (kind === "permission" || decision === "deny") return { given: { decision, message: message ?? undefined }, by };
  }
  if (policy.onAsk !== "deny") return null;
  return { given: { decision: "deny", message: "Nobody is here to allow it." }, by: "rule: on_ask" };
}
