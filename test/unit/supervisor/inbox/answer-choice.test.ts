import { describe, expect, it } from "vitest";
import type { PendingRequest } from "../../../../src/providers/normalised-event.ts";
import { chosenAnswer, type GivenAnswer } from "../../../../src/supervisor/inbox/answer-choice.ts";

const option = (id: string, kind: string | null) => ({ id, label: id, kind });
const request = (...options: PendingRequest["options"]): PendingRequest => ({
  ...{ request_id: "r", kind: "permission", tool: "Bash", input: {}, description: null },
  options,
});
const offered = request(
  option("yes", "allow_once"),
  option("ever", "allow_always"),
  option("no", "reject_once"),
  option("odd", null),
);

describe("an answer", () => {
  // biome-ignore format: a table
  it.each<[GivenAnswer, object]>([
    [{ decision: "allow" }, { decision: "allow", option: null, message: null }],
    [{ decision: "deny", message: "no" }, { decision: "deny", option: null, message: "no" }],
    [{ decision: "allow", input: null }, { decision: "allow", option: null, message: null, input: null }],
    [{ decision: "allow", option: "yes" }, { decision: "allow", option: "yes", message: null }],
    [{ decision: "deny", option: "odd" }, { decision: "deny", option: "odd", message: null }],
    [{ decision: "allow", always: true }, { decision: "allow", option: "ever", message: null }],
  ])("%j is %j", (given, answer) => expect(chosenAnswer(offered, given)).toEqual(answer));

  it.each<[GivenAnswer, RegExp]>([
    [{ decision: "deny", input: {} }, /input/],
    [{ decision: "allow", option: "perhaps" }, /there is no option perhaps; there is yes, ever, no, odd/],
    [{ decision: "allow", option: "no" }, /no way to allow/],
    [{ decision: "deny", always: true }, /offers no such option/],
    [{ decision: "allow", always: true, option: "yes" }, /not both/],
  ])("%j is refused", (given, says) => expect(() => chosenAnswer(offered, given)).toThrow(says));

  it("is never guessed among several lasting options, or where none are known", () => {
    const several = request(option("a", "allow_always"), option("b", "allow_always"));
    expect(() => chosenAnswer(several, { decision: "allow", always: true })).toThrow(/more than one/);
    expect(() => chosenAnswer(request(), { decision: "allow", option: "y" })).toThrow(/options are not known/);
  });
});
