import { describe, expect, it } from "vitest";
import { globPattern } from "../../../src/base/glob-pattern.ts";

const cases: readonly [string, string, boolean][] = [
  ["mission.started", "mission.started", true],
  ["mission.started", "mission.started_again", false],
  ["mission.started", "a mission.started", false],
  ["mission.started", "missionXstarted", false],
  ["mission.*", "mission.ended", true],
  ["mission.*", "daemon.started", false],
  ["*", "anything.at.all", true],
  ["*.started", "daemon.started", true],
  ["mission.?nded", "mission.ended", true],
  ["mission.?nded", "mission.nded", false],
  ["mission.ended,daemon.*", "daemon.stopped", true],
  ["mission.ended, daemon.*", "daemon.stopped", true],
  ["mission.ended,daemon.*", "mission.started", false],
  ["a+b", "a+b", true],
  ["a+b", "aab", false],
  ["(a|b)", "a", false],
  ["[ab]", "a", false],
  ["", "mission.ended", false],
];

describe("a glob of event types", () => {
  it.each([...cases])("'%s' fits '%s': %s", (glob, type, fits) => {
    expect(globPattern(glob).test(type)).toBe(fits);
  });
});
