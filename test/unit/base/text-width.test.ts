import fc from "fast-check";
import { expect, it } from "vitest";
import { cutToWidth, textWidth, visible } from "../../../src/base/text-width.ts";

it.each([
  ["abc", 3],
  ["", 0],
  ["漢字", 4],
  ["ｆｕｌｌ", 8],
  ["é", 1],
  ["e\u0301", 1],
  ["👍🏽", 2],
  ["👨‍👩‍👧", 2],
  ["🇩🇪", 2],
  ["…", 1],
  ["ไทย", 3],
])("%j takes %i columns", (text, width) => expect(textWidth(text)).toBe(width));

it("a cut text never exceeds its columns and is whole when it fits", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, columns) => {
      const cut = cutToWidth(visible(text), columns);
      expect(textWidth(cut)).toBeLessThanOrEqual(columns);
      if (textWidth(visible(text)) <= columns) expect(cut).toBe(visible(text));
    }),
  );
});

it("visible text has no control characters and no lone surrogates, and stays as it is otherwise", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the claim
      expect(visible(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(Buffer.from(visible(text)).toString()).toBe(visible(text));
    }),
  );
  expect(visible("Grüße 漢字 👍")).toBe("Grüße 漢字 👍");
});
