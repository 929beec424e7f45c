import { describe, expect, it } from "vitest";
import { flagOfNearest, hasBounds, shareOf, spentText } from "../../../../src/supervisor/spending/budget-rule.ts";

const none = { max_cost: null, max_tokens: null, max_turns: null };
const spent = { cost: 4, tokens: 500, turns: 3 };

describe("the share of a budget", () => {
  it.each([
    [none, 0],
    [{ ...none, max_cost: 5 }, 0.8],
    [{ ...none, max_tokens: 1000 }, 0.5],
    [{ ...none, max_turns: 3 }, 1],
    [{ max_cost: 5, max_tokens: 1000, max_turns: 30 }, 0.8],
    [{ ...none, max_cost: 2 }, 2],
    [{ ...none, max_turns: 0 }, 1],
  ])("of %o is %d, that of the nearest bound", (budget, share) => {
    expect(shareOf(budget, spent)).toBe(share);
  });

  it("is whole where sums of cents miss it by a hair", () => {
    const cents = [0.01, 0.01, 0.01, 0.01, 0.01].reduce((sum, cost) => sum + cost - 1e-17, 0);
    expect(shareOf({ ...none, max_cost: 0.05 }, { ...spent, cost: cents - 1e-16 })).toBe(1);
  });

  it.each([
    [{ max_cost: 4, max_tokens: null, max_turns: 30 }, "--max-cost USD"],
    [{ max_cost: 50, max_tokens: 400, max_turns: 30 }, "--max-tokens N"],
    [{ max_cost: null, max_tokens: null, max_turns: 3 }, "--max-turns N"],
  ])("of %o is raised by %s", (budget, flag) => {
    expect(flagOfNearest(budget, spent)).toBe(flag);
  });

  it("is told in what is bounded", () => {
    expect(spentText({ max_cost: 5, max_tokens: null, max_turns: 30 }, spent)).toBe("$4.00 of $5.00, 3 of 30 turns");
    expect(spentText({ ...none, max_cost: 0.01 }, { ...spent, cost: 0.004 })).toBe("$0.0040 of $0.0100");
    expect([hasBounds(none), hasBounds({ ...none, max_turns: 0 })]).toEqual([false, true]);
  });
});
