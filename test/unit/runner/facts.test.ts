import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFact } from "../../../src/runner/facts.ts";

describe("a line from a shim or the zygote", () => {
  it.each([
    ["started m 2 10 111 11 112", { type: "started", shim: { pid: 10, start: "111" }, agent: { pid: 11, start: "112" } }],
    ["exited m 2 143 15 99 clean", { type: "exited", code: 143, signal: "SIGTERM", endedAt: 99, isClean: true }],
    ["exited m 2 3 - 99 left", { type: "exited", code: 3, signal: null, endedAt: 99, isClean: false }],
    [
      "spawn_error m 2 99 127 exec a b: No such file",
      { type: "spawn_error", endedAt: 99, code: 127, message: "exec a b: No such file" },
    ],
    [
      "unforked m 2 Cannot allocate memory",
      { type: "spawn_error", endedAt: 5, code: 126, message: "fork: Cannot allocate memory" },
    ],
    ["empty m 2", { type: "empty" }],
    ["died m 2", { type: "shim_died" }],
  ])("%s", (line, fact) => {
    expect(parseFact(line, 5)).toEqual({ mission: "m", attempt: 2, fact });
  });

  it.each([
    "",
    "ready",
    "punched 1 0",
    "started m",
    "started m 1 x y z w",
    "exited m 0 1 - 1 clean",
    "spawn_error m 1 x y z",
    `exited m 1 3 - ${"9".repeat(30)} clean`,
    `empty m ${"9".repeat(30)}`,
  ])("is nothing when it is %j", (line) => {
    expect(parseFact(line, 5)).toBeNull();
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (line) => void parseFact(line, 0)));
  });
});
