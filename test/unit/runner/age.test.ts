import { describe, expect, it } from "vitest";
import { ageFrom } from "../../../src/runner/age.ts";

describe("the age of a process", () => {
  it.each([
    [1000, "61.50 100.00\n", 60_500],
    [61_500, "61.50 100.00\n", 0],
    // Both are rounded to 10 ms, each its own way.
    [61_510, "61.50 100.00\n", 0],
    [1000, "", null],
  ])("begun at %s ms, of %j, is %s", (start, uptime, age) => {
    expect(ageFrom(start, uptime)).toBe(age);
  });
});
