import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRunning, parseStat, readStat } from "../../../src/runner/identity.ts";

const tail = "S 7 11 12 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 2334720 200 18446744073709551615 1 1";

describe("reading /proc/PID/stat", () => {
  it("finds parent, group, session and start", () => {
    expect(parseStat(`42 (sh) ${tail}\n`)).toEqual({
      pid: 42,
      name: "sh",
      state: "S",
      parent: 7,
      group: 11,
      session: 12,
      start: "98765",
    });
  });

  it("is not misled by any name", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(parseStat(`42 (${name}) ${tail}\n`)).toMatchObject({ name, parent: 7, start: "98765" });
      }),
      { examples: [["a) R 1 1 1"], ["((("], ["two\nlines)"], [""]] },
    );
  });

  it.each(["", "42", "42 (sh", "42 (sh) S 1 2", ") 42 ("])("answers null for %j", (text) => {
    expect(parseStat(text)).toBeNull();
  });
});

describe("whether a process still runs", () => {
  it("says yes of this one and no of another start", () => {
    const start = readStat(process.pid)?.start ?? "";
    expect(isRunning({ pid: process.pid, start })).toBe(true);
    expect(isRunning({ pid: process.pid, start: `${start}1` })).toBe(false);
    expect(isRunning({ pid: process.pid, start: "-" })).toBe(false);
  });
});
