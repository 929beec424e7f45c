import { describe, expect, it } from "vitest";
import { changedKeys } from "../../../src/protocol/config.ts";
import { configView } from "../../../src/settings/config-view.ts";
import { settingsFrom } from "../../../src/settings/read-settings.ts";

const view = (toml: string | null) => configView(settingsFrom(toml, "config.toml"));

describe("the view of the settings", () => {
  it("tells of each value where it comes from", () => {
    const { values, exists } = view(
      '# mine\nkeep_days = 3\n\n[defaults]\n  grace = "1m"\ntimeout = 0.5\n\n[[hooks]]\non = "*"\nrun = "x"\n',
    );
    expect(exists).toBe(true);
    expect(values["keep_days"]).toEqual({ value: "3d", from: "file", line: 2 });
    expect(values["defaults.grace"]).toEqual({ value: "60s", from: "file", line: 5 });
    expect(values["defaults.timeout"]).toEqual({ value: "500ms", from: "file", line: 6 });
    expect(values["hooks"]).toMatchObject({ from: "file", line: 8 });
    expect(values["keep_finished"]).toEqual({ value: 1000, from: "default", line: null });
    expect(values["defaults.deadline"]).toEqual({ value: null, from: "default", line: null });
  });

  it("finds keys in every spelling, and none inside of long texts", () => {
    const toml = 'leftovers_keep = ["""\nkeep_days = 9\n"""]\ndefaults.grace = 1\n"keep_days" = 2\n';
    expect(view(toml).values["defaults.grace"]?.line).toBe(4);
    expect(view(toml).values["keep_days"]).toEqual({ value: "2d", from: "file", line: 5 });
    expect(view("defaults = { grace = 1 }\n").values["defaults.grace"]).toEqual({ value: "1s", from: "file", line: 1 });
  });

  it("shows values that could be written into the file, to the same effect", () => {
    const { values } = view(null);
    const lines = Object.entries(values)
      .filter(([key, { value }]) => value !== null && key !== "hooks")
      .map(([key, { value }]) => `${key} = ${JSON.stringify(value)}`);
    expect(changedKeys(view(null), view(`${lines.join("\n")}\n`))).toEqual([]);
    expect(lines.length).toBeGreaterThan(15);
  });

  it("tells which keys differ from another", () => {
    expect(changedKeys(view(null), view("keep_days = 30\n"))).toEqual([]);
    expect(changedKeys(view(null), view('keep_days = 31\n[defaults]\ngrace = "1s"\n'))).toEqual(["keep_days", "defaults.grace"]);
  });
});
