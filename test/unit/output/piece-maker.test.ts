import { describe, expect, it } from "vitest";
import { PieceMaker } from "../../../src/output/piece-maker.ts";

const bytes = (text: string) => Buffer.from(text);

describe("pieces after an unfinished line", () => {
  it("asks for a newline before a marker", () => {
    const pieces = new PieceMaker();
    pieces.output(1, 0, bytes("no newline"), null);
    expect(pieces.marker(1, 10, { text: "--- x ---", time: null }).needsNewline).toBe(true);
    expect(pieces.output(2, 0, bytes("next\n"), null).needsNewline).toBeUndefined();
  });

  it("does not break a line that was cut for its length", () => {
    const pieces = new PieceMaker();
    pieces.output(1, 0, bytes("first half "), null);
    expect(pieces.output(1, 11, bytes("second half\n"), null).needsNewline).toBeUndefined();
  });

  it("begins an attempt's output on its own line", () => {
    const pieces = new PieceMaker();
    pieces.output(1, 0, bytes("no newline"), null);
    expect(pieces.output(2, 0, bytes("next\n"), null).needsNewline).toBe(true);
  });
});
