import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JoinedText } from "../../../src/providers/joined-text.ts";

describe("a text that comes in pieces", () => {
  it("is what its pieces are in order, however many, and begins anew when it was taken", () => {
    const pieces = fc.array(fc.string(), { maxLength: 1000, size: "max" });
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 3 }), (texts) => {
        const joined = new JoinedText();
        for (const text of texts) {
          for (const piece of text) joined.add(piece);
          expect(joined.take()).toBe(text.join(""));
          expect(joined.take()).toBe("");
        }
      }),
      { numRuns: 30 },
    );
  });

  it("is nothing when it was dropped", () => {
    const joined = new JoinedText();
    for (let count = 0; count < 300; count += 1) joined.add("a");
    joined.drop();
    expect(joined.take()).toBe("");
  });
});
