import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { terminalLines, terminalText } from "../../../src/base/terminal-text.ts";

describe("the text of a terminal's line", () => {
  it.each([
    ["plain words stay", "hello world  ", "hello world  "],
    ["an empty line stays", "", ""],
    ["the terminal's own carriage return goes", "hello\r", "hello"],
    ["colours go", "\u001b[1;31mred\u001b[0m and \u001b[38:2::1:2:3mcolon\u001b[m", "red and colon"],
    ["a title goes, ended by BEL", "\u001b]0;a title\u0007text", "text"],
    ["a link goes, ended by ST, and its text stays", "\u001b]8;;http://x\u001b\\here\u001b]8;;\u001b\\.", "here."],
    ["a string that is not ended goes with its line", "text\u001b]0;half a title", "text"],
    ["a sequence that is not ended goes", "text\u001b[38;5", "text"],
    ["a lone escape at the end goes", "text\u001b", "text"],
    ["charsets and keypad modes go", "\u001b(B\u001b)0\u001b=\u001b>text\u001b7\u001b8\u001bM", "text"],
    ["private modes go", "\u001b[?25l\u001b[?2004h\u001b[>4;1mtext\u001b[ q", "text"],
    ["a device control string goes", "\u001bP+q544e\u001b\\text", "text"],
    ["eight-bit controls go", "\u009b31mred\u009b0m", "red"],
    ["a progress line shows its last state", "10%\r 50%\r100%", "100%"],
    ["what was longer shows through, as on the screen", "long line\rlo-", "lo-g line"],
    ["erasing to the end leaves the rest away", "downloading 10%\r\u001b[Kdone", "done"],
    ["erasing the whole line", "downloading\u001b[2K\rdone", "done"],
    ["erasing to the begin", "abc\rab\u001b[1Kd", "  d"],
    ["a backspace writes over", "passwort\bd", "password"],
    ["overstruck bold shows once", "b\bbo\bol\bld\bd", "bold"],
    ["backspaces stop at the begin", "\b\b\bab", "ab"],
    ["moving right leaves blanks", "a\u001b[3Cb", "a   b"],
    ["moving left writes over", "abc\u001b[2DX", "aXc"],
    ["a column is counted from one", "abc\u001b[2GX", "aXc"],
    ["characters are deleted", "abcdef\r\u001b[2P", "cdef"],
    ["characters are blanked", "abcdef\r\u001b[2X", "  cdef"],
    ["another row is another line", "\u001b[1;1Hone\u001b[5;3Htwo", "one\n  two"],
    ["a cleared screen begins anew", "old\u001b[2J\u001b[Hnew", "old\nnew"],
    ["moves alone make no lines", "\u001b[H\u001b[2J\u001b[3A", ""],
    ["tabs stay", "a\tb\u001b[m", "a\tb"],
    ["a bell goes", "ding\u0007", "ding"],
    ["wide and joined characters stay whole", "\u001b[1m日本 👩\u200d🚀\u001b[m", "日本 👩\u200d🚀"],
    ["an absurd move costs nothing", `a\u001b[999999999Cb`, `a${" ".repeat(999)}b`],
  ])("%s", (_, line, text) => {
    expect(terminalText(line)).toBe(text);
  });

  it("is found for each line of a text, and keeps the newline at its end", () => {
    expect(terminalLines("one\r\n\u001b[1mtwo\u001b[m\r\nthree")).toBe("one\ntwo\nthree");
    expect(terminalLines("one\r\n")).toBe("one\n");
  });

  const pieces = fc.array(
    fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(
        "\r",
        "\b",
        "\t",
        "\u0007",
        "\u001b",
        "\u001b[",
        "\u001b]0;",
        "\u001b\\",
        "\u009b",
        "\u001b[2J",
        "\u001b[1G",
      ),
      fc.tuple(fc.nat(2000), fc.constantFrom(..."ABCDEFGHJKPX@mhl")).map(([count, final]) => `\u001b[${count}${final}`),
    ),
    { maxLength: 40 },
  );

  it("never holds a control character but tab and newline, whatever the line holds", () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = terminalText(parts.join("").replaceAll("\n", ""));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them
        expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u);
      }),
    );
  });

  it("does not change when it is read again", () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = terminalText(parts.join("").replaceAll("\n", ""));
        expect(terminalLines(text)).toBe(text);
      }),
    );
  });

  it("is the same with colours and titles anywhere between its characters", () => {
    const decoration = fc.constantFrom("\u001b[31m", "\u001b[0m", "\u001b]0;title\u0007", "\u001b(B", "\u001b[?25h");
    const letter = fc.constantFrom(..."abcxyz 0189.,;!?äß漢é");
    fc.assert(
      fc.property(fc.array(fc.tuple(letter, fc.option(decoration))), (marked) => {
        const plain = marked.map(([one]) => one).join("");
        const decorated = marked.map(([one, mark]) => one + (mark ?? "")).join("");
        expect(terminalText(decorated).trimEnd()).toBe(plain.trimEnd());
      }),
    );
  });
});
