import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "../../../src/base/lines.ts";
import { assertKept, casesOf } from "../../support/corpus.ts";

const text = (lines: Iterable<Buffer>) => [...lines].map((line) => line.toString("latin1"));

function sameHoweverCut(bytes: readonly number[], cuts: readonly number[]): void {
  const whole = Buffer.from(bytes);
  const expected = whole.toString("latin1").split("\n");
  const splitter = new LineSplitter();
  const ends = [...cuts.toSorted((left, right) => left - right), whole.length];
  let from = 0;
  const lines = ends.flatMap((end) => {
    const piece = whole.subarray(from, Math.max(from, end));
    from = Math.max(from, Math.min(end, whole.length));
    return text(splitter.push(piece));
  });
  expect([...lines, splitter.rest().toString("latin1")]).toEqual(expected);
}

describe("lines out of bytes", () => {
  it("are the same however the bytes are cut", () => {
    const someBytes = fc.array(fc.constantFrom(10, 13, 0, 65, 0xc3, 0xff), { maxLength: 60 });
    assertKept("lines", fc.property(someBytes, fc.array(fc.nat(60), { maxLength: 10 }), sameHoweverCut));
  });

  it.each(casesOf<[number[], number[]]>("lines"))("are the same in the kept case $name", ({ values }) => {
    sameHoweverCut(...values);
  });

  it("keep what has no newline yet", () => {
    const splitter = new LineSplitter();
    expect(text(splitter.push(Buffer.from("a\nbc")))).toEqual(["a"]);
    expect(text(splitter.push(Buffer.from("d\n")))).toEqual(["bcd"]);
    expect(splitter.rest()).toHaveLength(0);
  });

  it("may be as long as the limit and no longer", () => {
    const splitter = new LineSplitter(4);
    expect(text(splitter.push(Buffer.from("abcd\nefgh\nij")))).toEqual(["abcd", "efgh"]);
    expect(text(splitter.push(Buffer.from("kl\n")))).toEqual(["ijkl"]);
    expect(() => [...splitter.push(Buffer.from("abcde\n"))]).toThrow(RangeError);
  });

  it("that grow too long are refused before their newline comes, and forgotten", () => {
    const splitter = new LineSplitter(4);
    expect(text(splitter.push(Buffer.from("abc")))).toEqual([]);
    expect(() => [...splitter.push(Buffer.from("de"))]).toThrow("a line exceeds 4 bytes");
    expect(text(splitter.push(Buffer.from("new\n")))).toEqual(["new"]);
  });
});
