import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCommands } from "../../src/commands/index.ts";
import { type Home, startHome } from "../support/home.ts";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/^```sh( install)?\n([\s\S]*?)^```$/gm)].map(([, install, text]) => ({
  text: text ?? "",
  isInstall: install !== undefined,
}));

describe("the README", () => {
  let home: Home;
  beforeAll(async () => {
    home = await startHome();
  });
  afterAll(() => home.dispose());

  /** The block in a shell that stops at the first failing command, as a reader would. */
  const runBlock = (text: string) => home.shell(`set -eu; cd '${root}'; PATH='${join(root, "bin")}':$PATH\n${text}`);

  it("names in its table exactly the commands that there are", async () => {
    const commands = (await loadCommands()).filter(({ commandLine }) => commandLine !== undefined).map(({ name }) => name);
    const table = [...readme.matchAll(/^\| `([\w-]+)[^`]*` \|/gm)].map(([, name]) => name);
    expect(table.sort()).toEqual(commands.sort());
  });

  it("installs with the command that the checks run", () => {
    expect(readFileSync(join(root, ".ci/run"), "utf8")).toContain("npm ci\nnpm test");
  });

  it("does the main job with its first command: output shown, exit code returned", async () => {
    const [first] = blocks;
    // The installation itself is what every run of the checks begins with.
    const { stdout, code } = await runBlock(
      (first?.text ?? "").replace("npm ci && ", "").replace("git log --oneline", "git --version"),
    );
    expect(code).toBe(0);
    expect(stdout).toContain("git version");
    expect(stdout).toContain("exit code 42");
  });

  const expected: readonly (readonly [part: string, output: RegExp])[] = [
    ["--name counter", /line 1\nline 2\nline 3\n/],
    ["--name build", /built\n[\s\S]*/],
    ["--name flaky", /try\n--- restart #1 at .* ---\ntry\n--- restart #2 at .* ---\ntry\n/],
    ["pool set builds", /Set pool builds\n[\s\S]*finished: stopped \(exit code 0\)/],
    ["--name server", /stopped/],
    ["--name survivor", /exit code 7\nstill here\n/],
    ["events --mission survivor", /mission\.ended/],
    ["nc -U", /"ok":\{"id":"\w{8}","name":/],
    ["doctor", /perl/],
  ];

  it.each(expected)("keeps the promise of the block with %s", async (part, output) => {
    const block = blocks.find(({ text, isInstall }) => !isInstall && text.includes(part));
    const { stdout, stderr, code } = await runBlock(block?.text ?? "false");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(output);
  });

  it("has no block that this test leaves out", () => {
    const rest = blocks.filter(({ text, isInstall }) => !isInstall && !expected.some(([part]) => text.includes(part)));
    expect(rest).toEqual([]);
  });
});
