import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDirectory, overmindPath, plainEnvironment } from "../../support/home.ts";
import { Spawned } from "../../support/spawned.ts";

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly says: string;
  readonly fix?: string;
}

let root: string;
beforeAll(() => {
  root = freshDirectory();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function doctor(home: string) {
  const env = plainEnvironment({ OVERMIND_HOME: home });
  const { code, stdout, stderr } = await new Spawned(overmindPath, ["doctor", "--json"], { env }).finished;
  const findings: Finding[] = stdout === "" ? [] : JSON.parse(stdout);
  const of = (name: string) => findings.find(({ check }) => check === name);
  return { code, stderr, home: of("home"), privacy: of("privacy") };
}

function directory(name: string, mode: number, ...files: readonly string[]): string {
  const path = join(root, name);
  mkdirSync(path);
  chmodSync(path, mode);
  for (const file of files) writeFileSync(join(path, file), "");
  return path;
}

describe("doctor", () => {
  it("finds nothing wrong with a home that is still to be made, and makes none", async () => {
    const home = join(root, "new", "home");
    expect(await doctor(home)).toMatchObject({ home: { state: "ok" }, privacy: { state: "ok" } });
    expect((await doctor(directory("mine", 0o700))).home).toMatchObject({ state: "ok" });
    expect((await doctor(home)).home?.says).toContain("made at the first use");
  });

  it.each<[what: string, make: () => string, says: string]>([
    ["a file", () => join(directory("of-file", 0o700, "file"), "file"), "is no directory"],
    ["a place below a file", () => join(directory("below", 0o700, "file"), "file", "home"), "is no directory"],
    [
      "a link that leads nowhere",
      () => {
        symlinkSync(join(root, "not-there", "at-all"), join(root, "link"));
        return join(root, "link");
      },
      "is a link to what is not there",
    ],
    ["where nothing can be made", () => "/proc/overmind-home", "cannot be written"],
    ["what others use too", () => directory("common", 0o777, "of-somebody"), "others write into"],
  ])("fails for a home that is %s", async (_, make, says) => {
    const found = await doctor(make());
    expect([found.code, found.home]).toEqual([
      1,
      { check: "home", state: "fail", says: expect.stringContaining(says), fix: "Set OVERMIND_HOME to a directory of your own." },
    ]);
    expect(found.privacy?.fix ?? "").not.toContain("chmod");
  });

  it("fails for a home that others can write into, and warns of one that they can read", async () => {
    const open = directory("open", 0o777);
    expect(await doctor(open)).toMatchObject({ code: 1, privacy: { state: "fail", fix: `chmod 700 ${open}` } });
    expect((await doctor(directory("readable", 0o755))).privacy).toMatchObject({ state: "warn" });
  });

  it("refuses a home whose socket path is too long", async () => {
    const found = await doctor(join(root, "x".repeat(100)));
    expect([found.code, found.stderr]).toEqual([125, expect.stringContaining("OVERMIND_HOME is too long")]);
  });
});
