import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HomeLock } from "../../../src/server/lock.ts";
import { buildProgram } from "../client/built-daemon.ts";

let program: Awaited<ReturnType<typeof buildProgram>>;
let home: string;
let path: string;
const holders: ChildProcess[] = [];

beforeAll(async () => {
  program = await buildProgram("../wire/lock-holder.ts");
});
afterAll(() => program.dispose());
beforeEach(() => {
  home = mkdtempSync("/tmp/om-l-");
  path = `${home}/overmind.lock`;
});
afterEach(async () => {
  for (const holder of holders.splice(0)) holder.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
});

/** A process that tries for the lock, says `held` or the code of its refusal, and stays. */
async function tryElsewhere(): Promise<{ says: string; process: ChildProcess }> {
  const process_ = spawn(process.execPath, ["--expose-gc", program.entry, path], { stdio: ["ignore", "pipe", "inherit"] });
  holders.push(process_);
  const [says] = (await once(process_.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return { says: String(says).trim(), process: process_ };
}

describe("the lock of a home", () => {
  it("is held by exactly one of many that try at once", async () => {
    const tries = await Promise.all(Array.from({ length: 12 }, tryElsewhere));
    const said = tries.map(({ says }) => says).sort();
    expect(said).toEqual([...Array(11).fill("already_running"), "held"]);
  });

  it("ends with its holder, however that dies", async () => {
    const first = await tryElsewhere();
    expect(first.says).toBe("held");
    expect(() => new HomeLock(path)).toThrow("another daemon holds this home");
    first.process.kill("SIGKILL");
    await once(first.process, "exit");
    const lock = new HomeLock(path);
    expect(lock.isOurs).toBe(true);
    expect((await tryElsewhere()).says).toBe("already_running");
    lock.release();
  });

  it("notices when its file is removed or replaced", () => {
    const lock = new HomeLock(path);
    renameSync(path, `${path}.aside`);
    expect(lock.isOurs).toBe(false);
    writeFileSync(path, "");
    expect(lock.isOurs).toBe(false);
    lock.release();
  });

  it("says what is wrong with a path that cannot be locked", () => {
    writeFileSync(path, "this is no database ".repeat(100));
    expect(() => new HomeLock(path)).toThrow(expect.objectContaining({ code: "home_unusable" }));
    expect(() => new HomeLock(`${home}/missing/overmind.lock`)).toThrow(expect.objectContaining({ code: "home_unusable" }));
  });
});
