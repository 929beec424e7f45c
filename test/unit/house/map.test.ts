import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSources } from "./sources.ts";

const src = join(import.meta.dirname, "../../../src");
const words = [...readFileSync(join(src, "README.md"), "utf8").matchAll(/`([a-z][\w./-]*)`/g)].map(([, word]) => word ?? "");
const names = new Set(readSources().map(({ path }) => basename(path)));

describe("the map of the code", () => {
  it("names no path that there is not", () => {
    const folders = new Set(readSources().map(({ path }) => dirname(path).split("/")[0]));
    const paths = words.filter((word) => word.includes("/") && folders.has(word.split("/")[0]));
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(join(src, path)))).toEqual([]);
  });

  it("names no file that there is not", () => {
    const files = words.filter((word) => /^[a-z-]+(\.perl)?\.ts$/.test(word));
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !names.has(file))).toEqual([]);
  });
});
