import fc from "fast-check";
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

  it.each([
    ['log_max_bytes = "256M"', "log_max_bytes", "256M"],
    ["log_max_bytes = 5000", "log_max_bytes", 5000],
    ['defaults.memory_max = "1.5G"', "defaults.memory_max", "1536M"],
    ['defaults.memory_max = "2T"', "defaults.memory_max", "2T"],
    ['limits.backoff_max = "1h"', "limits.backoff_max", "1h"],
    ['limits.backoff_max = "1d"', "limits.backoff_max", "24h"],
    ["defaults.timeout = 600", "defaults.timeout", "10m"],
    ["defaults.timeout = 0", "defaults.timeout", "0s"],
    ["defaults.timeout = 90", "defaults.timeout", "90s"],
    ['defaults.max_seconds = "1h30m"', "defaults.max_seconds", "90m"],
    ["defaults.max_seconds = 0.25", "defaults.max_seconds", "250ms"],
    ["keep_days = 0.5", "keep_days", "0.5d"],
  ])("shows %s as a person would write it, without rounding", (toml, key, value) => {
    expect(view(toml).values[key]?.value).toBe(value);
    expect(changedKeys(view(toml), view(`${key} = ${JSON.stringify(value)}`))).toEqual([]);
  });

  it("shows durations and sizes that mean the same when they are read again", () => {
    fc.assert(
      fc.property(fc.nat(10 ** 9), fc.integer({ min: 4096, max: 2 ** 45 }), (ms, bytes) => {
        const given = view(`log_max_bytes = ${bytes}\n[defaults]\nbackoff = ${ms}\n`);
        const { log_max_bytes, "defaults.backoff": backoff } = given.values;
        const again = `log_max_bytes = ${JSON.stringify(log_max_bytes?.value)}\ndefaults.backoff = ${JSON.stringify(backoff?.value)}\n`;
        expect(settingsFrom(again, "config.toml").settings).toMatchObject({ log_max_bytes: bytes, defaults: { backoffMs: ms } });
      }),
    );
  });

  it("tells which keys differ from another", () => {
    expect(changedKeys(view(null), view("keep_days = 30\n"))).toEqual([]);
    expect(changedKeys(view(null), view('keep_days = 31\n[defaults]\ngrace = "1s"\n'))).toEqual(["keep_days", "defaults.grace"]);
  });
});
