import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { terminalSize } from "../../../src/commands/terminal-size.ts";

describe("the size of a terminal", () => {
  it("is columns x rows within the bounds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 1000 }), fc.integer({ min: 3, max: 1000 }), (columns, rows) => {
        expect(v.parse(terminalSize, `${columns}x${rows}`)).toEqual({ columns, rows });
      }),
    );
  });

  it.each([
    "",
    "80",
    "80x",
    "x24",
    "80X24",
    "80x24x1",
    "9x24",
    "80x2",
    "1001x24",
    "80x1001",
    "-80x24",
    "8e1x24",
    " 80x24",
    80,
    null,
  ])("is not %j", (text) => {
    expect(v.safeParse(terminalSize, text).success).toBe(false);
  });
});
