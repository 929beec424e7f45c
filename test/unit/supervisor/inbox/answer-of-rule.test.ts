import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../../../src/mission/spec.ts";
import type { ApprovalRule } from "../../../../src/settings/settings.ts";
import { answerOfRule } from "../../../../src/supervisor/inbox/answer-of-rule.ts";
import { buildSpec } from "../../../support/builders.ts";

const request = {
  request_id: "r",
  kind: "permission",
  tool: "Bash",
  input: { command: "ls" },
  description: null,
  options: [],
} as const;
const rule = (answer: ApprovalRule["answer"]): ApprovalRule => ({
  ...{ tool: "Bash", match: null, mission: null, labels: [], provider: null, message: null },
  answer,
});
const spec = buildSpec();
const denying = buildSpec({ policy: { ...defaultPolicy, onAsk: "deny" } });

describe("what is answered without a person", () => {
  it("is what the first rule says, recorded with which", () => {
    const by = "rule: approvals[0] Bash";
    expect(answerOfRule(request, spec, [rule("allow")])).toMatchObject({ given: { decision: "allow" }, by });
    expect(answerOfRule(request, denying, [rule("deny"), rule("allow")])).toMatchObject({ given: { decision: "deny" }, by });
  });

  it("is what the mission's own rules say first", () => {
    const own = buildSpec({ approvals: [{ ...rule("deny"), match: "rm*" }, rule("deny")] });
    const by = "rule: own approvals[1] Bash";
    expect(answerOfRule(request, own, [rule("allow")])).toMatchObject({ given: { decision: "deny" }, by });
    const other = buildSpec({ approvals: [{ ...rule("deny"), match: "rm*" }] });
    expect(answerOfRule(request, other, [rule("allow")])).toMatchObject({ by: "rule: approvals[0] Bash" });
  });

  it("is nothing where no rule holds, one leaves it to a person, or a question is put that wants more than a yes", () => {
    expect(answerOfRule(request, spec, [])).toBeNull();
    expect(answerOfRule(request, spec, [rule("ask"), rule("allow")])).toBeNull();
    expect(answerOfRule({ ...request, kind: "question" }, spec, [rule("allow")])).toBeNull();
    const { onAsk: _, ...former } = defaultPolicy;
    expect(answerOfRule(request, buildSpec({ policy: former }), [])).toBeNull();
  });

  it("is denied with --on-ask deny, unless a rule allows it", () => {
    expect(answerOfRule(request, denying, [rule("ask")])).toMatchObject({ given: { decision: "deny" }, by: "rule: on_ask" });
    expect(answerOfRule(request, denying, [rule("allow")])).toMatchObject({ given: { decision: "allow" } });
  });
});
