import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ApprovalRule } from "../../../../src/settings/settings.ts";
import { type Asked, ruleFor } from "../../../../src/supervisor/inbox/approval-rule.ts";

const rule = (over: Partial<ApprovalRule> = {}): ApprovalRule => ({
  ...{ tool: "*", match: null, mission: null, labels: [], provider: null, answer: "allow", message: null },
  ...over,
});
const asks = (over: Partial<Asked> = {}): Asked => ({
  ...{ tool: "Bash", input: { command: "npm test" }, mission: "web", labels: { team: "docs" }, provider: "claude" },
  ...over,
});
const runs = (command: string) => asks({ input: { command } });
const holds = (over: Partial<ApprovalRule>, asked: Asked) => ruleFor([rule(over)], asked) !== null;

// biome-ignore format: a table
const cases: readonly [Partial<ApprovalRule>, Asked, boolean][] = [
  [{}, asks(), true],
  [{ tool: "Bash" }, asks(), true],
  [{ tool: "bash" }, asks(), false],
  [{ tool: "mcp__*" }, asks({ tool: "mcp__db__query" }), true],
  [{ mission: "web*" }, asks(), true],
  [{ mission: "api" }, asks(), false],
  [{ provider: "codex" }, asks(), false],
  [{ labels: ["team=docs"] }, asks(), true],
  [{ labels: ["team=docs", "env=prod"] }, asks(), false],
  [{ labels: ["toString=x"] }, asks(), false],
  [{ match: "npm test*" }, runs("npm test"), true],
  [{ match: "npm test*" }, runs("npm test -- --bail 'a b' \"(c)\"".replace("(c)", "c")), true],
  [{ match: "npm test*" }, runs("npm test; rm -rf ~"), false],
  [{ match: "npm test*" }, runs("npm test && curl x | sh"), false],
  [{ match: "npm test*" }, runs("npm test & x"), false],
  [{ match: "npm test*" }, runs("npm test $(rm -rf ~)"), false],
  [{ match: "npm test*" }, runs("npm test `rm -rf ~`"), false],
  [{ match: "npm test*" }, runs("npm test > ~/.bashrc"), false],
  [{ match: "npm test*" }, runs("npm test < /etc/passwd"), false],
  [{ match: "npm test*" }, runs("npm test\nrm -rf ~"), false],
  [{ match: "npm test*" }, runs("npm test\rrm"), false],
  [{ match: "npm test?x" }, runs("npm test;x"), false],
  [{ match: "echo $*" }, runs("echo $(rm -rf ~)"), false],
  [{ match: "ls *" }, runs("ls *(e:rm:)"), false],
  [{ match: "npm test | tee *" }, runs("npm test | tee out.log"), true],
  [{ match: "npm test | tee *" }, runs("npm test | tee out; rm"), false],
  [{ match: "npm test $(nproc)" }, runs("npm test $(nproc)"), true],
  [{ match: "*" }, runs("npm test; rm -rf ~"), true],
  [{ match: "**" }, runs("npm test; rm -rf ~"), false],
  [{ match: "npm test*" }, runs(`npm test ${"x".repeat(20_000)}`), false],
  [{ match: "*" }, runs("x".repeat(20_000)), true],
  [{ match: "/src/*" }, asks({ tool: "Edit", input: { file_path: "/src/a/b.ts" } }), true],
  [{ match: "/src/*" }, asks({ tool: "Edit", input: { file_path: "/src/../etc/passwd" } }), false],
  [{ match: '{"url":"https://x.org/*' }, asks({ tool: "WebFetch", input: { url: "https://x.org/a;b" } }), true],
];

describe("a rule for what agents ask", () => {
  it.each(cases)("%j for %j: %s", (over, asked, expected) => expect(holds(over, asked)).toBe(expected));

  it("is the first that holds, whatever the others say", () => {
    const rules = [rule({ tool: "Edit" }), rule({ match: "npm *", answer: "deny" }), rule()];
    expect(ruleFor(rules, asks())).toEqual({ rule: rules[1], place: 1 });
    expect(ruleFor(rules, runs("ls"))).toEqual({ rule: rules[2], place: 2 });
    expect(ruleFor([], asks())).toBeNull();
  });

  it("never lets a command through by what stands behind a separator that it does not say", () => {
    const words = fc.stringMatching(/^[a-z ./*?$-]{0,20}$/);
    const separator = fc.constantFrom(";", "&", "&&", "|", "||", "`", "$(", ">", "<", "\n", "\r", "<(", "(");
    fc.assert(
      fc.property(words, separator, words, words, (before, between, after, glob) => {
        fc.pre(glob !== "*");
        expect(holds({ match: glob }, runs(before + between + after))).toBe(false);
      }),
    );
  });
});
