import { describe, expect, it } from "vitest";
import { lateFlag } from "../../../../src/commands/run/late-flag.ts";

describe("a flag of run behind the command", () => {
  it.each([
    [["npm test && npm run lint", "--name", "checks"], "--name"],
    [["npm test", "-f"], "-f"],
    [["npm test", "--name=checks"], "--name=checks"],
  ])("is found behind a shell line: %j", (words, flag) => {
    expect(lateFlag(words)).toBe(flag);
  });

  it.each([
    [[]],
    [["npm", "test", "--name", "x"]],
    [["npm test"]],
    [["npm test", "--watch"]],
    [["echo name", "name", "f"]],
    [[" ls ", "-f"]],
  ])("is nothing to speak of in %j", (words) => {
    expect(lateFlag(words)).toBeNull();
  });
});
