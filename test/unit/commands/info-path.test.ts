import { expect, it } from "vitest";
import { fieldText, valueAt } from "../../../src/commands/info-path.ts";

const mission = { exit_code: 0, name: "x", labels: { team: "docs", "a.b": "c" }, attempts: [{ signal: "SIGTERM" }], usage: null };

it.each<[string, unknown]>([
  [".exit_code", 0],
  ["exit_code", 0],
  [".labels.team", "docs"],
  ['.labels["a.b"]', "c"],
  [".attempts[0].signal", "SIGTERM"],
  [".attempts[3].signal", null],
  [".usage.tokens", null],
  [".nothing", null],
  [".constructor", null],
  [".", mission],
])("%s reaches its field", (path, value) => expect(valueAt(mission, path)).toEqual(value));

it.each([".a..b", ".a[x]", "." + "[", ".a b"])("a path that cannot be read is refused: %s", (path) =>
  expect(() => valueAt(mission, path)).toThrow("takes a path"),
);

it("prints text bare and everything else as JSON", () => {
  expect(fieldText("a b")).toBe("a b");
  expect(fieldText(null)).toBe("null");
  expect(fieldText({ a: [1] })).toBe('{"a":[1]}');
});
