import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBehind, positionOf, positionText } from "../../../../src/supervisor/talk/position.ts";

const number = fc.integer({ min: 0, max: 2 ** 31 });
const position = fc.record({ attempt: number, offset: number, index: number });

describe("the place of an event", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(position, (place) => {
        expect(positionOf(positionText(place))).toEqual(place);
      }),
    );
  });

  it("may leave out what is 0", () => {
    expect([positionOf("0"), positionOf("2"), positionOf("2.17")]).toEqual([
      { attempt: 0, offset: 0, index: 0 },
      { attempt: 2, offset: 0, index: 0 },
      { attempt: 2, offset: 17, index: 0 },
    ]);
  });

  it.each(["", "x", "1.", "1.2.3.4", "-1", "1.-2", "99999999999999999999"])("is refused as '%s', with an example", (text) => {
    expect(() => positionOf(text)).toThrow(/such as 1\.2048\.1/);
  });

  it("is behind another, before it, or the same", () => {
    fc.assert(
      fc.property(position, position, (one, other) => {
        const ways = [isBehind(one, other), isBehind(other, one), positionText(one) === positionText(other)];
        expect(ways.filter(Boolean)).toHaveLength(1);
      }),
    );
  });
});
