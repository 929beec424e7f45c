import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { agent } from "../../support/agent.ts";
import { type Home, startHome } from "../../support/home.ts";
import { until } from "../../support/until.ts";

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

  it("is told to whoever's command started the daemon, once, and by status, doctor and the events", async () => {
    await home.wait(await home.start("true"));
    expect((await home.run(["status"])).stdout).not.toContain("Database");
    expect((await home.ask("status")).database_lost).toBeNull();
    expect((await home.run(["doctor"])).stdout).toMatch(/^ok +database +none was put aside as damaged$/m);
    await home.run(["shutdown"]);
    writeFileSync(join(home.home, "overmind.db"), "no database ".repeat(1000));
    const first = await home.run(["ps"]);
    const said = /^Warning: (the database was damaged and is kept as (\S+); 1 mission was rebuilt from its files)\n$/.exec(
      first.stderr,
    );
    const [, sentence = "", kept = ""] = said ?? [];
    expect([first.code, first.stderr]).toEqual([0, `Warning: ${sentence}\n`]);
    expect(readFileSync(kept, "utf8")).toContain("no database");
    // Once: nobody needs to read it with each command.
    expect((await home.run(["ps"])).stderr).toBe("");
    expect((await home.run(["status"])).stdout).toContain(`Database as the daemon started, ${sentence}\n`);
    expect((await home.ask("status")).database_lost).toEqual({ missions: 1, kept_as: kept });
    const events = await home.run(["events", "--json", "--type", "daemon.rebuilt"]);
    expect(JSON.parse(events.stdout)).toMatchObject({ data: { missions: 1, kept_as: kept } });
    const finding = /^warn +database +a damaged one was put aside as (\S+); missions were rebuilt from their files$/m;
    expect(join(home.home, finding.exec((await home.run(["doctor"])).stdout)?.[1] ?? "")).toBe(kept);
    // The next daemon found all well; what was put aside is there still.
    await home.run(["shutdown"]);
    expect((await home.run(["ps"])).stderr).toBe("");
    expect((await home.ask("status")).database_lost).toBeNull();
    expect((await home.run(["doctor"])).stdout).toMatch(finding);
    rmSync(kept);
    expect((await home.run(["doctor"])).stdout).toMatch(/^ok +database /m);
  });

  it("is told when it is gone altogether, too", async () => {
    await home.wait(await home.start("true"));
    await home.wait(await home.start("true"));
    await home.run(["shutdown"]);
    rmSync(join(home.home, "overmind.db"));
    const { stderr, stdout } = await home.run(["start"]);
    expect(stderr).toBe("Warning: the database was lost; 2 missions were rebuilt from their files\n");
    expect(stdout).toMatch(/^Overmind .* started/);
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

describe("a database that is lost", () => {
  /** Kills the daemon, and removes the database. */
  async function lose(): Promise<void> {
    await home.killDaemon();
    for (const side of ["", "-wal", "-shm"]) rmSync(join(home.home, `overmind.db${side}`), { force: true });
  }

  it("takes no pool with it, and who waits for its slot gets one", async () => {
    await home.run(["start"]);
    await home.run(["pool", "set", "one", "--slots", "1"]);
    const first = await home.start("--pool", "one", "--", ...agent());
    await home.printed(first, "ready");
    const second = await home.start("--pool", "one", "true");
    await lose();
    expect(JSON.parse((await home.run(["pool", "ls", "--json"])).stdout)).toMatchObject([{ name: "one", slots: 1 }]);
    expect((await home.info(second)).status).toBe("queued");
    await home.run(["kill", first]);
    expect(await home.wait(second)).toMatchObject({ status: "stopped", exit_code: 0 });
  });

  it("without a word about its pools tells who waits how to make one", async () => {
    await home.run(["start"]);
    await home.run(["pool", "set", "one", "--slots", "1"]);
    await home.run(["pool", "pause", "one"]);
    const id = await home.start("--pool", "one", "true");
    await lose();
    rmSync(join(home.home, "pools.json"));
    const why = await home.run(["why", id]);
    expect(why.stdout).toContain("waits for pool one, which does not exist: make it with overmind pool set one --slots N");
    await home.run(["pool", "set", "one", "--slots", "2"]);
    expect(await home.wait(id)).toMatchObject({ status: "stopped" });
  });

  it("changes no policy: what crashed unseen starts again, what ended for good stays ended", async () => {
    const policy = ["--restart", "on-failure", "--max-restarts", "1", "--backoff", "100"];
    const ended = await home.start(...policy, "false");
    await home.wait(ended);
    const stopped = await home.start(...policy, "sleep 60");
    await home.run(["stop", stopped]);
    const unseen = await home.start(...policy, "--", ...agent());
    await home.printed(unseen, "ready");
    const pid = await home.agentPid(unseen);
    await lose();
    process.kill(pid, "SIGKILL");
    await home.run(["start"]);
    const again = await until("the next attempt", async () => {
      const now = await home.info(unseen);
      return now.attempt === 2 && now.status === "running" ? now : null;
    });
    expect(again.restart_count).toBe(1);
    expect(await home.info(ended)).toMatchObject({ status: "crashed", reason: "failed", attempt: 2 });
    expect(await home.info(stopped)).toMatchObject({ status: "stopped", reason: "stopped", attempt: 1 });
  });
});
