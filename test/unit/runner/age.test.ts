import { describe, expect, it } from "vitest";
import { ageFrom } from "../../../src/runner/age.ts";

describe("the age of a process", () => {
  it.each([
    ["100", "61.50 100.00\n", 60_500],
    ["6150", "61.50 100.00\n", 0],
    // Both are rounded to 10 ms, each its own way.
    ["6151", "61.50 100.00\n", 0],
    ["100", "", null],
  ])("started at tick %s, of %j, is %s", (start, uptime, age) => {
    expect(ageFrom(start, uptime)).toBe(age);
  });
});
