import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { nativeCodexPaths } from "../../../src/providers/codex.ts";
import { freshDirectory, startHome } from "../../support/home.ts";

const home = startHome();
const scratch = startHome({ at: freshDirectory() });
afterAll(async () => {
  await home.dispose();
  await scratch.dispose();
});

function program(path: string, says: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho ${says} "$1"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** An installation as npm makes it: a link on the PATH to a launcher, the native program in a package beside it. */
function installed(name: string, hasNative: boolean): string {
  const modules = join(scratch.home, name, "node_modules");
  const launcher = program(join(modules, "@openai/codex/bin/codex.js"), "launcher");
  const [native = ""] = nativeCodexPaths(launcher, process.platform, process.arch);
  if (hasNative) program(native, "native");
  const bin = join(modules, ".bin");
  mkdirSync(bin);
  symlinkSync(launcher, join(bin, "codex"));
  return bin;
}

/** What a codex says that is started by this PATH. */
async function said(path: string): Promise<string> {
  const id = await home.start("--provider", "codex", "--env", `PATH=${path}:${process.env["PATH"]}`, "hi");
  await home.wait(id);
  return (await home.run(["logs", "--raw", id])).stdout;
}

describe("codex", () => {
  it("is started without its launcher, found by the mission's own PATH", async () => {
    expect(await said(installed("whole", true))).toBe("native exec\n");
  });

  it("is started as it is found where it is no npm launcher, or the native program is missing", async () => {
    expect(await said(installed("bare", false))).toBe("launcher exec\n");
    expect(await said(dirname(program(join(scratch.home, "bin", "codex"), "another")))).toBe("another exec\n");
  });
});
