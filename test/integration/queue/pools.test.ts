import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Home, startHome } from "../../support/home.ts";
import { until } from "../../support/until.ts";
import type { Answer } from "../../support/wire.ts";

let home: Home;
afterEach(() => home.dispose());

async function startDaemon(): Promise<void> {
  home = startHome();
  await home.run(["start"]);
}

const pool = (action: string, name: string, args: object = {}) => home.ask("pool", { action, name, ...args });
const usage = async (name: string) => ((await home.ask("pool")) as Answer[]).find((one) => one.name === name);
/** A mission that writes into the shared log when it begins and when it ends. */
const logged = (seconds: number) =>
  `echo "b $OVERMIND_MISSION_ID" >> ${join(home.home, "log")}; sleep ${seconds}; echo "e $OVERMIND_MISSION_ID" >> ${join(home.home, "log")}`;

async function startMany(count: number, args: (index: number) => object): Promise<string[]> {
  const wire = home.wire();
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) => wire.request("run", { cwd: home.home, command: logged(0.02), ...args(index) })),
  );
  return answers.map(({ ok }) => ok.id);
}

/** How many ran at once at most, and in which order they began. */
function readLog(): { most: number; begun: string[] } {
  let now = 0;
  let most = 0;
  const begun: string[] = [];
  for (const line of readFileSync(join(home.home, "log"), "utf8").trim().split("\n")) {
    now += line.startsWith("b") ? 1 : -1;
    most = Math.max(most, now);
    if (line.startsWith("b")) begun.push(line.slice(2));
  }
  return { most, begun };
}

/** Ids in the order in which they were given a slot, each once. */
async function releases(): Promise<string[]> {
  const lines = (await home.run(["events", "--type", "mission.released", "--json"])).stdout.trim().split("\n");
  return [...new Set(lines.map((line) => JSON.parse(line).mission as string))];
}

describe("200 missions in a pool of 4", () => {
  it("run four at once at most, by priority and then by age, also when the daemon is killed five times", async () => {
    await startDaemon();
    await pool("set", "crowd", { slots: 4 });
    await pool("pause", "crowd");
    const ids = await startMany(200, (index) => ({ pool: "crowd", priority: index % 3 }));
    expect(await usage("crowd")).toMatchObject({ slots: 4, used: 0, queued: 200, paused: true });
    await pool("unpause", "crowd");
    for (const ended of [20, 50, 80, 110, 140]) {
      await until(`${ended} missions to have begun`, () => readLog().begun.length >= ended);
      await home.killDaemon();
      expect((await home.run(["start"])).code).toBe(0);
    }
    expect((await home.run(["wait", ...ids], { timeoutMs: 50_000 })).code).toBe(0);
    const { most, begun } = readLog();
    expect(most).toBeLessThanOrEqual(4);
    expect(begun.toSorted()).toEqual(ids.toSorted());
    const inOrder = ids
      .map((id, index) => ({ id, index }))
      .sort((left, right) => (right.index % 3) - (left.index % 3) || left.index - right.index);
    expect(await releases()).toEqual(inOrder.map(({ id }) => id));
    expect(await usage("crowd")).toMatchObject({ used: 0, queued: 0 });
  });
});

describe("a pool", () => {
  it("keeps a slot for a mission that backs off, also across the death of the daemon", async () => {
    await startDaemon();
    await pool("set", "one", { slots: 1 });
    const flaky = await home.start(
      "--pool",
      "one",
      "--restart",
      "on-failure",
      "--max-restarts",
      "1",
      "--backoff",
      "1500",
      "exit 1",
    );
    const next = await home.start("--pool", "one", "true");
    await home.ask("wait", { id: flaky, for: ["restarting"] });
    await home.killDaemon();
    await home.run(["start"]);
    await home.wait(next);
    const [end, start] = [(await home.info(flaky)).ended_at, (await home.info(next)).started_at];
    expect(Date.parse(start)).toBeGreaterThanOrEqual(Date.parse(end));
  });

  it("takes more slots at once, and ends nobody when there are fewer", async () => {
    await startDaemon();
    await pool("set", "few", { slots: 1 });
    const ids: string[] = [];
    for (let index = 0; index < 4; index += 1) ids.push(await home.start("--pool", "few", "sleep 30"));
    const running = async () =>
      (await Promise.all(ids.map((id) => home.info(id)))).filter(({ status }) => status === "running").length;
    expect((await home.run(["pool", "set", "few", "--slots", "3"])).stdout).toBe("Set pool few\n");
    await until("three to run", async () => (await running()) === 3);
    await pool("set", "few", { slots: 1 });
    expect(await usage("few")).toMatchObject({ slots: 1, used: 3, queued: 1 });
    await home.ask("kill", { id: ids[0] });
    await home.ask("kill", { id: ids[1] });
    expect([await running(), (await home.info(ids[3] ?? "")).status]).toEqual([1, "queued"]);
    await home.ask("kill", { id: ids[2] });
    await home.ask("wait", { id: ids[3], for: ["running"] });
  });

  it("that is paused gives no slot, also after the daemon was killed, and goes on when it is told", async () => {
    await startDaemon();
    await home.run(["pool", "set", "p", "--slots", "2"]);
    expect((await home.run(["pool", "pause", "p"])).code).toBe(0);
    const id = await home.start("--pool", "p", "exit 5");
    await home.killDaemon();
    await home.run(["start"]);
    expect((await home.run(["pool", "ls"])).stdout).toMatch(/^NAME +SLOTS +USED +QUEUED +PAUSED\np +2 +0 +1 +yes\n$/);
    expect((await home.info(id)).status).toBe("queued");
    expect((await home.run(["pool", "unpause", "p"])).code).toBe(0);
    expect((await home.wait(id)).exit_code).toBe(5);
  });

  it("is needed before a mission can name it, and is not removed while one uses it", async () => {
    await startDaemon();
    const refused = await home.run(["run", "--pool", "nowhere", "true"]);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/no pool nowhere \(invalid_argument\)\n.*overmind pool set nowhere/),
    ]);
    await pool("set", "p", { slots: 1 });
    await home.start("--pool", "p", "sleep 30");
    const waiting = await home.start("--pool", "p", "true");
    expect(await pool("rm", "p").catch((error) => error.code)).toBe("still_live");
    expect((await home.run(["pool", "rm", "p", "--force"])).code).toBe(0);
    expect(await home.ask("pool")).toEqual([]);
    await home.killDaemon();
    await home.run(["start"]);
    expect((await home.info(waiting)).status).toBe("queued");
    // The one that runs holds its slot also of the pool that is made anew.
    await pool("set", "p", { slots: 2 });
    expect((await home.wait(waiting)).exit_code).toBe(0);
  });

  it("is waited for again by a mission that is restarted after its end", async () => {
    await startDaemon();
    await pool("set", "p", { slots: 1 });
    const again = await home.start("--pool", "p", "echo again");
    await home.wait(again);
    const long = await home.start("--pool", "p", "sleep 30");
    expect((await home.run(["restart", again])).code).toBe(0);
    expect(await home.info(again)).toMatchObject({ status: "queued", waiting_for: "slot", attempt: 2, exit_code: null });
    await home.killDaemon();
    await home.run(["start"]);
    await home.ask("kill", { id: long });
    expect((await home.wait(again)).exit_code).toBe(0);
    expect(await home.info(again)).toMatchObject({ attempt: 2, restart_count: 1 });
  });

  it("lets nobody in while everything is being killed", async () => {
    await startDaemon();
    await pool("set", "p", { slots: 2 });
    await startMany(20, () => ({ pool: "p", command: logged(20) }));
    await until("two to run", async () => readLog().begun.length === 2);
    expect((await home.run(["kill", "--all"])).stdout).toBe("Killed 20 missions\n");
    expect(readLog().begun).toHaveLength(2);
    expect(await usage("p")).toMatchObject({ used: 0, queued: 0 });
  });

  it.each([
    [["pool"], 2, "is missing"],
    [["pool", "grow", "p"], 2, "not 'grow'"],
    [["pool", "set", "p"], 2, "pool set takes --slots N"],
    [["pool", "pause", "p", "--slots", "2"], 2, "--slots N belongs to pool set"],
    [["pool", "set", "p", "--slots", "0"], 2, "from 1 on"],
    [["pool", "ls", "p"], 2, "takes no name"],
    [["pool", "rm", "nothing"], 1, "not_found"],
    [["pool", "pause", "nothing"], 1, "not_found"],
    [["pool", "set", "a b", "--slots", "1"], 1, "name: takes a letter"],
  ])("refuses %j", async (args, code, says) => {
    home = startHome();
    const done = await home.run(args);
    expect([done.code, done.stderr + done.stdout]).toEqual([code, expect.stringContaining(says)]);
  });
});
