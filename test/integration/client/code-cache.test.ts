import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { freshDirectory, startHome } from "../../support/home.ts";
import { Spawned } from "../../support/spawned.ts";

const root = resolve(import.meta.dirname, "../../..");
const home = startHome();
let copy = "";
afterEach(async () => {
  await home.dispose();
  rmSync(copy, { recursive: true, force: true });
});

/** Overmind as it is installed, in a directory where it can be damaged. */
function installed(): string {
  copy = freshDirectory();
  for (const folder of ["bin", "dist"]) mkdirSync(join(copy, folder));
  const files = ["bin/overmind", "bin/daemon.js", "bin/with-code-cache.js", "bin/package.json", "package.json"];
  const bundles = ["cli", "daemon"].flatMap((name) => [`dist/${name}.cjs`, `dist/${name}.cjs.cache`]);
  for (const file of [...files, ...bundles]) copyFileSync(join(root, file), join(copy, file));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

const started = async () =>
  await new Spawned(join(copy, "bin/overmind"), ["run", "--wait", "exit 7"], { env: home.env }).finished;

describe("the code cache of the command line and of the daemon", () => {
  it.each([
    ["is missing", (cache: string) => rmSync(cache)],
    ["is empty", (cache: string) => truncateSync(cache)],
    ["is of another Node, or of nothing at all", (cache: string) => writeFileSync(cache, "x".repeat(50_000))],
  ])("is not needed: all goes on where it %s", async (_, damage) => {
    const place = installed();
    for (const name of ["cli", "daemon"]) damage(join(place, `dist/${name}.cjs.cache`));
    expect((await started()).code).toBe(7);
  });

  it("was made by the build for both", () => {
    const caches = ["cli", "daemon"].map((name) => join(root, `dist/${name}.cjs.cache`));
    expect(caches.map((path) => existsSync(path))).toEqual([true, true]);
  });

  it("does without the daemon's program only where none has to be started", async () => {
    const place = installed();
    rmSync(join(place, "dist/daemon.cjs"));
    const { code, stderr } = await started();
    expect([code, stderr]).toEqual([125, expect.stringContaining("npm run build")]);
  });
});
