import { describe, expect, it } from "vitest";
import { callerDescriptorLimit, splitEnvironment } from "../../../src/commands/caller/caller.ts";
import { parseEnvFile } from "../../../src/commands/caller/env-file.ts";
import { readPairs } from "../../../src/commands/pairs.ts";

describe("the caller's environment", () => {
  it("is kept byte for byte, also names that no shell accepts", () => {
    const block = Buffer.concat([
      Buffer.from("A=1\0BASH_FUNC_x%%=() { :;\n}\0npm_config_@a:registry=u\0EMPTY=\0B="),
      Buffer.from([0xff, 0xfe]),
      Buffer.from("\0A=2\0"),
    ]);
    const { env, env_bytes } = splitEnvironment(block, {});
    expect({ ...env }).toEqual({ A: "1", "BASH_FUNC_x%%": "() { :;\n}", "npm_config_@a:registry": "u", EMPTY: "" });
    expect(env_bytes).toEqual([Buffer.from([0x42, 0x3d, 0xff, 0xfe]).toString("base64")]);
  });

  it("comes from Node where there is no /proc", () => {
    expect(splitEnvironment(null, { A: "1", B: undefined })).toEqual({ env: { A: "1" }, env_bytes: [] });
  });
});

describe("the caller's descriptor limit", () => {
  const limits = (soft: string, hard: string) =>
    `Limit  Soft Limit  Hard Limit\nMax open files            ${soft}                 ${hard}                 files\n`;
  it("is the parent's soft limit, as Node raises its own", () =>
    expect(callerDescriptorLimit(limits("1024", "4096"), limits("4096", "4096"))).toBe(1024));
  it("is the own hard limit where that is lower: the shell lowered it and ran this in its place", () => {
    expect(callerDescriptorLimit(limits("4096", "4096"), limits("300", "300"))).toBe(300);
  });
  it("is unknown where it is unlimited or cannot be read", () => {
    expect(callerDescriptorLimit(limits("unlimited", "unlimited"), "")).toBeUndefined();
    expect(callerDescriptorLimit("", "")).toBeUndefined();
  });
});

describe("an env file", () => {
  it("takes comments, export, quotes and values over several lines", () => {
    const text = `# comment\r\nA=1\nexport B = two words # said\n\nC='# $kept \\n'\nD="a\\nb \\"c\\" # in"  # out\nE=\nF="first\nsecond"\nG=a=b#c\n`;
    expect(parseEnvFile(text, "x.env")).toEqual({
      A: "1",
      B: "two words",
      C: "# $kept \\n",
      D: 'a\nb "c" # in',
      E: "",
      F: "first\nsecond",
      G: "a=b#c",
    });
  });

  it.each([
    ["A=1\nnonsense here\n", "x.env:2 takes NAME=value"],
    ["A=1\n\nB='open\n", "x.env:3 has a quote that never ends"],
    ['A="x" y\n', "x.env:1 has text behind its closing quote"],
    ["=x\n", "x.env:1 takes NAME=value"],
  ])("that is wrong is told with file and line: %j", (text, says) => expect(() => parseEnvFile(text, "x.env")).toThrow(says));
});

it("pairs are split at the first =", () => {
  expect(readPairs(["A=b=c", "D="], "--env")).toEqual({ A: "b=c", D: "" });
  expect(() => readPairs(["A"], "--env")).toThrow("--env takes K=V, not 'A'");
});
