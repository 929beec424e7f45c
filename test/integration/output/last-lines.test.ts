import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { endOfLastLine } from "../../../src/output/last-lines.ts";
import { freshDirectory } from "../../support/home.ts";

const directory = freshDirectory();
afterAll(() => rmSync(directory, { recursive: true }));

const far = "x".repeat(200_000);

describe("where the last whole line of a file ends", () => {
  it.each([
    ["nothing", "", 0],
    ["whole lines", "one\ntwo\n", 8],
    ["a line that is not whole yet", "one\ntw", 4],
    ["no whole line", "one", 0],
    ["a newline only", "\n", 1],
    ["an unfinished line of several blocks", `one\n${far}`, 4],
    ["a newline at the edge of a block", `${"x".repeat(65_535)}\n${"y".repeat(65_536)}`, 65_536],
    ["an unfinished line that is longer than what is looked at", `${far}\n${far}${far}${far}`, 300_001],
  ])("of %s", (_, text, end) => {
    const path = join(directory, "output");
    writeFileSync(path, text);
    expect(endOfLastLine(path, 500_000)).toBe(end);
  });

  it("of a file that is not there", () => {
    expect(endOfLastLine(join(directory, "none"), 500_000)).toBe(0);
  });
});
