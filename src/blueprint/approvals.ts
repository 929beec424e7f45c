import type { Approval } from "./blueprint.ts";
import type { RawAgent } from "./format.ts";

/**
 * The rules of an agent's table, as `config.toml` has them; `mission`, `label` and `provider` would say nothing there.
 *
 * @param lacks told of a rule that lacks a key it needs
 */
export function approvalsOf(
  { approvals }: Pick<RawAgent, "approvals">,
  lacks: (place: number, key: "tool" | "answer") => void,
): readonly Approval[] | undefined {
  return approvals?.map(({ tool, match, answer, message }, place) => {
    if (tool === undefined) lacks(place, "tool");
    if (answer === undefined) lacks(place, "answer");
    return {
      tool: tool ?? "",
      match: match ?? null,
      mission: null,
      labels: [],
      provider: null,
      answer: answer ?? "ask",
      message: message ?? null,
    };
  });
}
