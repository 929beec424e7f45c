import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { agent } from "../../support/agent.ts";
import { type Home, startHome } from "../../support/home.ts";

let home: Home;
beforeEach(() => {
  home = startHome();
});
afterEach(() => home.dispose());

describe("a database that cannot be read", () => {
  it.each([
    ["overwritten with noise", (bytes: Buffer) => Buffer.alloc(bytes.length, "noise ")],
    ["cut in the middle of a page", (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 1500), Buffer.alloc(700, 7)])],
    [
      "with a damaged schema page",
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(3996, 0xa5), bytes.subarray(4096)]),
    ],
  ])("is kept aside, never overwritten: %s", async (_how, damage) => {
    const id = await home.start("exit 3");
    await home.wait(id);
    await home.run(["shutdown"]);
    const path = join(home.home, "overmind.db");
    for (const side of ["-wal", "-shm"]) rmSync(path + side, { force: true });
    const damaged = damage(readFileSync(path));
    writeFileSync(path, damaged);
    const ended = await home.run(["ps"]);
    const aside = readdirSync(home.home).filter((name) => name.startsWith("overmind.db") && !/-(wal|shm)$/.test(name));
    const kept = aside.map((name) => readFileSync(join(home.home, name)));
    expect(kept.some((bytes) => bytes.equals(damaged))).toBe(true);
    if (ended.code === 0) {
      expect(aside.length).toBeGreaterThan(1);
      expect((await home.run(["run", "--wait", "exit 4"])).code).toBe(4);
    } else {
      expect(ended.stderr).toMatch(/^Error: .*overmind\.db/);
    }
  });

  it("costs no running agent its life", async () => {
    const id = await home.start("--", ...agent());
    await home.printed(id, "ready");
    const pid = await home.agentPid(id);
    await home.killDaemon("SIGKILL");
    const path = join(home.home, "overmind.db");
    for (const side of ["-wal", "-shm"]) rmSync(path + side, { force: true });
    writeFileSync(path, "this is no database at all, only some text that is long enough to be looked at".repeat(100));
    await home.run(["ps"]);
    expect(() => process.kill(pid, 0)).not.toThrow();
    process.kill(pid, "SIGKILL");
  });
});
