import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prepareHome } from "../../../src/server/home.ts";

let root: string;
let home: string;
beforeEach(() => {
  root = mkdtempSync("/tmp/om-h-");
  home = join(root, "home");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const modeOf = (path: string) => statSync(path).mode & 0o7777;

function openDirectory(mode: number, ...files: readonly string[]): void {
  mkdirSync(home);
  for (const file of files) writeFileSync(join(home, file), "");
  chmodSync(home, mode);
}

describe("a home", () => {
  it("that is not there is made for its owner alone", () => {
    prepareHome(home);
    expect(modeOf(home)).toBe(0o700);
  });

  it.each([[[]], [["config.toml"]], [["overmind.lock", "notes"]], [["notes"]]])(
    "that others may enter is tightened: with %j",
    (files) => {
      openDirectory(0o755, ...files);
      prepareHome(home);
      expect(modeOf(home)).toBe(0o700);
    },
  );

  it("is never made of a directory that others use, which keeps its mode", () => {
    openDirectory(0o1777, "somebody-elses");
    expect(() => prepareHome(home)).toThrow(`${home} cannot be used: others write into it, and it holds other things`);
    expect(modeOf(home)).toBe(0o1777);
  });

  it("may be a directory of the owner alone, whatever it holds", () => {
    openDirectory(0o700, "notes");
    prepareHome(home);
    expect(modeOf(home)).toBe(0o700);
  });
});
