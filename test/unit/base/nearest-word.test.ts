import { describe, expect, it } from "vitest";
import { nearestWord } from "../../../src/base/nearest-word.ts";

const known = ["start", "stop", "status", "restart", "logs", "ps", "keep_finished", "cwd", "command"];

const cases: readonly [string, string | undefined][] = [
  ["stop", "stop"],
  ["sotp", "stop"],
  ["stpo", "stop"],
  ["stat", "start"],
  ["statsu", "status"],
  ["restrat", "restart"],
  ["log", "logs"],
  ["keep_finish", "keep_finished"],
  ["kepfinished", "keep_finished"],
  ["cmd", "command"],
  ["cwt", "cwd"],
  ["stts", "status"],
  ["pss", "ps"],
  ["strat", "start"],
  ["restar", "restart"],
  ["keep_f", "keep_finished"],
  ["frobnicate", undefined],
  ["xs", undefined],
  ["", undefined],
];

describe("the word that was meant", () => {
  it.each([...cases])("by '%s' is %s", (word, meant) => {
    expect(nearestWord(word, known)).toBe(meant);
  });

  it("is none where none is known", () => {
    expect(nearestWord("stop", [])).toBeUndefined();
  });
});
