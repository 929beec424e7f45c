import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultSettings, loadSettings } from "../../../src/supervisor/settings.ts";
import { useScratch } from "./scratch.ts";

const scratch = useScratch();

function configured(toml: string): string {
  const path = join(scratch.directory(), "config.toml");
  writeFileSync(path, toml);
  return path;
}

describe("the settings", () => {
  it("are the defaults without a file, and with an empty one", () => {
    expect(loadSettings(join(scratch.directory(), "config.toml"))).toEqual(defaultSettings);
    expect(loadSettings(configured("# nothing\n"))).toEqual(defaultSettings);
    expect(defaultSettings).toMatchObject({
      keep_finished: 1000,
      keep_days: 30,
      events_keep: 200_000,
      log_max_bytes: 268_435_456,
    });
    expect(defaultSettings.leftovers_keep).toContain("ssh-agent");
  });

  it("are what the file says, and default for the rest", () => {
    const toml = 'keep_finished = 0\nkeep_days = 0.5\nleftovers_keep = ["my-agent"]\n';
    expect(loadSettings(configured(toml))).toEqual({
      ...defaultSettings,
      keep_finished: 0,
      keep_days: 0.5,
      leftovers_keep: ["my-agent"],
    });
  });

  it.each([
    ["a misspelt key", "keep_finish = 3", "unknown key `keep_finish`: did you mean `keep_finished`?"],
    ["a key that resembles none", "colour = 1", "unknown key `colour`"],
    ["a table", "[keep]\nfinished = 1", "unknown key `keep`"],
    ["a text for a number", 'keep_finished = "3"', '`keep_finished`: expected number, found "3"'],
    ["a negative number", "keep_finished = -1", "`keep_finished`: expected >=0, found -1"],
    ["a broken number", "keep_finished = 1.5", "`keep_finished`: expected"],
    ["a limit below a page", "log_max_bytes = 100", "`log_max_bytes`: expected >=4096, found 100"],
    ["a number among names", "leftovers_keep = [1]", "`leftovers_keep`: expected string, found 1"],
  ])("with %s are refused", (_, toml, message) => {
    const path = configured(toml);
    expect(() => loadSettings(path)).toThrow(
      expect.objectContaining({ code: "home_unusable", message: expect.stringContaining(`${path}: ${message}`) }),
    );
  });

  it.each([
    ["keep_finished = \n", "1:17"],
    ["keep_days = 1\n\nkeep_finished 3\n", "3:"],
  ])("that are no TOML, %j, are refused with line and column %s", (toml, place) => {
    const path = configured(toml);
    expect(() => loadSettings(path)).toThrow(
      expect.objectContaining({ code: "home_unusable", message: expect.stringContaining(`${path}:${place}`) }),
    );
  });

  it("that cannot be read are told", () => {
    expect(() => loadSettings(scratch.directory())).toThrow(expect.objectContaining({ code: "home_unusable" }));
  });
});
