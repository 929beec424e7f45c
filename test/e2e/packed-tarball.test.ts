import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDirectory, plainEnvironment, startHome } from "../support/home.ts";
import { Spawned } from "../support/spawned.ts";

const root = resolve(import.meta.dirname, "../..");
const home = startHome();
const elsewhere = startHome({ at: freshDirectory() });
const project = join(elsewhere.home, "project");
const installed = join(project, "node_modules/overmind");

beforeAll(() => {
  const quiet = { stdio: "ignore", cwd: root, env: plainEnvironment() } as const;
  execFileSync("npm", ["pack", "--ignore-scripts", "--pack-destination", elsewhere.home], quiet);
  const tarball = readdirSync(elsewhere.home).find((name) => name.endsWith(".tgz")) ?? "none";
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(elsewhere.home, tarball), "-C", installed, "--strip-components=1"], quiet);
  // What `npm install` would fetch, taken from here: the test needs no network.
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (!name.startsWith(".") && name !== "overmind")
      symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name));
  }
});

afterAll(async () => {
  await home.dispose();
  await elsewhere.dispose();
});

const program = `
import { connect, OvermindError } from "overmind";

const overmind = await connect();
const { id, name }: { id: string; name: string } = await overmind.run({ command: "echo from elsewhere; exit 3", name: "imported" });
const ended = await overmind.wait(id);
const code: number | null = ended.exit_code;
const text: string = await overmind.logs(id);
try {
  await overmind.info("zzzzzzzz");
} catch (error) {
  if (!(error instanceof OvermindError)) throw error;
  console.log(JSON.stringify({ name, code, text, refused: error.code }));
}
await overmind.close();
`;

describe("the packed package, unpacked elsewhere", () => {
  it("is imported by a TypeScript program that type-checks and runs", async () => {
    writeFileSync(join(project, "package.json"), '{"type":"module","private":true}');
    writeFileSync(join(project, "program.ts"), program);
    const flags = ["--strict", "--module", "nodenext", "--target", "es2023", "--types", "node", "--noEmit", "program.ts"];
    const checked = await new Spawned(join(root, "node_modules/.bin/tsc"), flags, { cwd: project, env: plainEnvironment() })
      .finished;
    expect([checked.code, checked.stdout]).toEqual([0, ""]);
    execFileSync(join(root, "node_modules/.bin/esbuild"), ["program.ts", "--outfile=program.js"], {
      cwd: project,
      stdio: "ignore",
    });
    const ran = await new Spawned(process.execPath, ["program.js"], { cwd: project, env: home.env }).finished;
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(JSON.parse(ran.stdout)).toEqual({ name: "imported", code: 3, text: "from elsewhere\n", refused: "not_found" });
  });

  it("runs the README's program as it stands there", async () => {
    const [, shown = ""] = /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
    writeFileSync(join(project, "package.json"), '{"type":"module","private":true,"scripts":{"test":"echo tested; exit 4"}}');
    writeFileSync(join(project, "readme.ts"), shown);
    const flags = ["--strict", "--module", "nodenext", "--target", "es2023", "--types", "node", "--noEmit", "readme.ts"];
    const checked = await new Spawned(join(root, "node_modules/.bin/tsc"), flags, { cwd: project, env: plainEnvironment() })
      .finished;
    expect([checked.code, checked.stdout]).toEqual([0, ""]);
    execFileSync(join(root, "node_modules/.bin/esbuild"), ["readme.ts", "--outfile=readme.js"], {
      cwd: project,
      stdio: "ignore",
    });
    const ran = await new Spawned(process.execPath, ["readme.js"], { cwd: project, env: home.env }).finished;
    expect(ran.stdout).toMatch(/tested\n4\n$/);
  });

  it("has a command line that does the main job", async () => {
    const ended = await new Spawned(join(installed, "bin/overmind"), ["run", "--follow", "echo hi; exit 5"], { env: home.env })
      .finished;
    expect([ended.code, ended.stdout]).toEqual([5, expect.stringContaining("hi\n")]);
  });

  it("holds what is needed to run, and no source or test", () => {
    const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
    expect(files.filter((name) => /^(src|test|scripts|node_modules)(\/|$)/.test(name))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        "bin/overmind",
        "package.json",
        "README.md",
        "dist/index.js",
        "bin/daemon.js",
        "bin/with-code-cache.js",
        "dist/daemon.cjs",
        "dist/types/index.d.ts",
      ]),
    );
  });
});
