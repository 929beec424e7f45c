import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { faultPoints } from "../../../src/base/fault-points.ts";

const root = resolve(import.meta.dirname, "../../..");
const names = Object.keys(faultPoints);

const textsBelow = (folder: string, pattern: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => pattern.test(path))
    .map((path) => readFileSync(join(root, folder, path), "utf8"));

describe("the registry of fault points", () => {
  const sources = textsBelow("src", /\.ts$/);
  const tests = textsBelow("test/integration", /\.test\.ts$/);

  it.each(names)("%s stands at one place, behind the label that the build drops", (name) => {
    const calls = sources.flatMap((text) =>
      [...text.matchAll(new RegExp(`^.*faultPoint\\("${name}"`, "gm"))].map(([line]) => line),
    );
    expect(calls.map((line) => line.trim().split(" ")[0])).toEqual(["FAULT:"]);
  });

  it.each(names)("%s is one that a test lets the daemon die at", (name) => {
    expect(tests.some((text) => text.includes(`"${name}`) || text.includes(`\`${name}`))).toBe(true);
  });
});

// The build comes first in `npm test`; without one there is nothing to look at.
describe.skipIf(!existsSync(join(root, "dist/daemon.cjs")))("what is shipped", () => {
  it("has no fault point, and nothing that arms one", () => {
    const bundles = textsBelow("dist", /\.c?js$/);
    expect(bundles.length).toBeGreaterThan(3);
    for (const word of [...names, "faultPoint", "FAULT_POINT"])
      expect(bundles.filter((text) => text.includes(word)).length, word).toBe(0);
  });
});
