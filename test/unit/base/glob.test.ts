import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesAnyGlob, matchesGlob } from "../../../src/base/glob.ts";

// biome-ignore format: a table
const cases: readonly [glob: string, text: string, boolean][] = [
  ["", "", true], ["", "a", false], ["*", "", true], ["*", "any\nthing", true], ["?", "", false], ["?", "a", true],
  ["a*c", "abc", true], ["a*c", "ac", true], ["a*c", "acb", false], ["a*c", "acbc", true], ["*a*b", "xaxaxb", true],
  ["a?c", "abc", true], ["a?c", "ac", false], ["a.c", "abc", false], ["[ab]", "a", false], ["**", "ab", true],
  ["npm test*", "npm test", true], ["npm test*", " npm test", false],
];

describe("a glob", () => {
  it.each(cases)("%j and %j: %s", (glob, text, matches) => expect(matchesGlob(glob, text)).toBe(matches));

  it("means what the pattern of it means that a regular expression would be", () => {
    const glob = fc.stringMatching(/^[ab*?.]{0,12}$/);
    const text = fc.stringMatching(/^[ab.]{0,20}$/);
    fc.assert(
      fc.property(glob, text, (pattern, words) => {
        const expression = pattern.replaceAll(".", "\\.").replaceAll("*", "[^]*").replaceAll("?", "[^]");
        expect(matchesGlob(pattern, words)).toBe(new RegExp(`^${expression}$`).test(words));
      }),
    );
  });

  it("leaves literal places to its own characters", () => {
    const isLiteral = (text: string) => (index: number) => text[index] === ";";
    for (const [glob, text, matches] of [
      ["a*", "a;b", false],
      ["a?b", "a;b", false],
      ["a;*", "a;b", true],
      ["a;*", "a;b;c", false],
      ["*;*;*", "a;b;c", true],
    ] as const)
      expect(matchesGlob(glob, text, isLiteral(text)), glob).toBe(matches);
  });

  it("takes no time that grows beyond its length times the text's", () => {
    const started = performance.now();
    expect(matchesGlob("a*".repeat(40), `${"a".repeat(10_000)}b`)).toBe(true);
    expect(matchesGlob(`${"*a".repeat(40)}c`, "a".repeat(10_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

// biome-ignore format: a table
const alternatives: readonly [globs: string, type: string, matches: boolean][] = [
  ["mission.started", "mission.started", true], ["mission.started", "mission.started_again", false],
  ["mission.started", "a mission.started", false], ["mission.started", "missionXstarted", false],
  ["mission.*", "mission.ended", true], ["mission.*", "daemon.started", false], ["*", "anything.at.all", true],
  ["*.started", "daemon.started", true], ["mission.?nded", "mission.nded", false],
  ["mission.ended,daemon.*", "daemon.stopped", true], ["mission.ended, daemon.*", "daemon.stopped", true],
  ["mission.ended,daemon.*", "mission.started", false], ["(a|b)", "a", false], ["", "mission.ended", false],
];

describe("globs with commas between them", () => {
  it.each(alternatives)("%j and %j: %s", (globs, type, matches) => expect(matchesAnyGlob(globs, type)).toBe(matches));
});
