import { afterAll, describe, expect, it } from "vitest";
import type { MissionView } from "../../../src/protocol/mission.ts";
import { until } from "../../support/until.ts";
import { type FakeAccount, LimitedHome } from "./limited-home.ts";

const home = new LimitedHome('[limits]\nbackoff = "2s"\n');
afterAll(() => home.dispose());

const missions = async (ids: readonly string[]): Promise<MissionView[]> =>
  ((await home.ask("list", { all: true })) as MissionView[]).filter(({ id }) => ids.includes(id));
const parked = (ids: readonly string[]) =>
  until("the missions to wait for their limit", async () => {
    const found = await missions(ids);
    return found.every(({ status, waiting_for }) => status === "waiting" && waiting_for === "limit") ? found : null;
  });
const eventsOf = async (id: string): Promise<{ type: string; time: string; data: Record<string, unknown> }[]> =>
  (await home.run(["events", "--mission", id, "--json"])).stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** Missions whose first turn meets a limit that is over at `limitEnd`. */
async function meetLimit(account: FakeAccount, count: number, limitEnd: () => number, ...flags: string[]): Promise<string[]> {
  account.shut();
  const ids = await Promise.all(
    Array.from({ length: count }, (_, index) => home.start(...home.agent(account, ...flags), `work ${index}`)),
  );
  await until("all turns to run", () => account.said().length === count);
  account.limit(limitEnd());
  account.open();
  return ids;
}

describe("missions whose account meets a limit", () => {
  it("all wait until it is over, and go on one after the other without a restart", async () => {
    const account = home.account();
    let end = 0;
    const ids = await meetLimit(
      account,
      10,
      () => (end = Math.ceil((Date.now() + 8000) / 1000) * 1000),
      "--restart",
      "on-failure",
    );
    const waiting = await parked(ids);
    expect(new Set(waiting.map((mission) => mission.until))).toEqual(new Set([new Date(end).toISOString()]));
    const table = (await home.run(["ps"])).stdout.split("\n").filter((line) => ids.some((id) => line.startsWith(id)));
    expect(table).toHaveLength(10);
    for (const line of table) expect(line).toContain(`(limit until ${new Date(end).toISOString().slice(0, 19)}Z)`);
    for (const id of ids) expect(await home.wait(id)).toMatchObject({ status: "stopped", reason: "completed" });
    const resumed = await Promise.all(
      ids.map(async (id) => Date.parse((await eventsOf(id)).find(({ type }) => type === "mission.resumed")?.time ?? "")),
    );
    const order = resumed.toSorted((left, right) => left - right);
    expect(order[0]).toBeGreaterThanOrEqual(end);
    expect(order.at(-1)).toBeLessThan(end + 5000);
    expect(new Set(order).size).toBe(10);
    for (let index = 1; index < 10; index += 1) expect((order[index] ?? 0) - (order[index - 1] ?? 0)).toBeGreaterThan(50);
    expect((await missions(ids)).map(({ restart_count, attempt }) => [restart_count, attempt])).toEqual(ids.map(() => [0, 2]));
  });

  it("still wait, and go on, under the next daemon", async () => {
    const account = home.account();
    let end = 0;
    const ids = await meetLimit(account, 2, () => (end = Date.now() + 8000));
    await parked(ids);
    await home.killDaemon();
    expect((await home.run(["start"])).code).toBe(0);
    for (const id of ids) expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    for (const id of ids) {
      const told = await eventsOf(id);
      expect(told.map(({ type }) => type)).not.toContain("mission.backing_off");
      expect(Date.parse(told.find(({ type }) => type === "mission.resumed")?.time ?? "")).toBeGreaterThanOrEqual(end);
    }
    expect((await missions(ids)).map(({ restart_count }) => restart_count)).toEqual([0, 0]);
  });

  it("are stopped while they wait, and let go on by a person", async () => {
    const account = home.account();
    const [one = "", other = ""] = await meetLimit(account, 2, () => Date.now() + 60_000);
    await parked([one, other]);
    expect((await home.run(["stop", one])).code).toBe(0);
    expect(await home.wait(one)).toMatchObject({ status: "stopped", reason: "stopped" });
    account.limit(0);
    expect((await home.run(["unpause", other])).code).toBe(0);
    expect(await home.wait(other)).toMatchObject({ reason: "completed" });
  });

  it("keep new ones of it from starting, until somebody says that it is over", async () => {
    const account = home.account();
    const [met = ""] = await meetLimit(account, 1, () => Date.now() + 60_000);
    await parked([met]);
    const late = await home.start(...home.agent(account), "later");
    expect(await home.info(late)).toMatchObject({
      status: "queued",
      waiting_for: "limit",
      until: expect.any(String),
      os_pid: null,
    });
    expect((await home.run(["why", late])).stdout).toContain("met a limit");
    const other = await home.start(...home.agent(home.account()), "of another account");
    expect(await home.wait(other)).toMatchObject({ reason: "completed" });
    const { account: name } = await home.info(late);
    const shown = (await home.json<{ account: string }[]>("accounts")).find((one) => one.account === name);
    expect(shown).toEqual({ account: name, provider: "claude", limited_until: expect.any(String), waiting: 2, running: 0 });
    await home.killDaemon();
    expect((await home.run(["start"])).code).toBe(0);
    expect(await home.info(late)).toMatchObject({ status: "queued", waiting_for: "limit" });
    const said = () => account.said().map(({ text }) => text);
    expect(said()).toEqual(["work 0"]);
    account.limit(0);
    expect((await home.run(["accounts", "open", name])).code).toBe(0);
    for (const id of [met, late]) expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    const { stdout } = await home.run(["events", "--json", "--type", "mission.starting"]);
    const started = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).mission);
    // Overmind starts them in this order; which of the two processes is the first to read, the machine decides.
    expect(started.filter((id) => id === met || id === late)).toEqual([met, met, late]);
    expect(said().slice(1).sort()).toEqual(["later", "work 0"]);
  });

  it("wait a time of Overmind's own where the agent tells none", async () => {
    const account = home.account();
    account.keepQuiet();
    const [id = ""] = await meetLimit(account, 1, () => Date.now() + 1000);
    expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    const waiting = (await eventsOf(id)).find(({ type }) => type === "mission.waiting");
    const ahead = Date.parse(String(waiting?.data["until"])) - Date.parse(waiting?.time ?? "");
    expect(ahead).toBeGreaterThan(1500);
    expect(ahead).toBeLessThanOrEqual(2000);
  });

  it("end where they may not go on by themselves", async () => {
    const [id = ""] = await meetLimit(home.account(), 1, () => Date.now() + 60_000, "--no-auto-resume");
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "rate_limited" });
  });
});

describe("a session whose account meets a limit", () => {
  it("waits with its process, holds its messages, and says the failed one again, once", async () => {
    const account = home.account();
    const id = await home.start(...home.agent(account, "--type", "session"));
    expect((await home.run(["send", "--wait", id, "one"])).stdout).toBe("did one\n");
    account.limit(Math.ceil((Date.now() + 5000) / 1000) * 1000);
    const failed = home.run(["send", "--wait", id, "two"]);
    const [waiting] = await parked([id]);
    const held = home.run(["send", "--wait", id, "three"]);
    expect((await failed).stdout).toBe("did two\n");
    expect((await held).stdout).toBe("did three\n");
    expect(account.said().map(({ text }) => text)).toEqual(["one", "two", "two", "three"]);
    expect(await home.info(id)).toMatchObject({ status: "running", attempt: 1, restart_count: 0, os_pid: waiting?.os_pid });
    await home.run(["stop", id]);
  });

  it("says it again also when the daemon died meanwhile", async () => {
    const account = home.account();
    const id = await home.start(...home.agent(account, "--type", "session"));
    await home.run(["send", "--wait", id, "one"]);
    account.limit(Math.ceil((Date.now() + 5000) / 1000) * 1000);
    await home.run(["send", id, "two"]);
    await parked([id]);
    await home.killDaemon();
    expect((await home.run(["start"])).code).toBe(0);
    await until("the second message to be answered", async () => (await home.logs(id)).includes("did two"));
    expect(account.said().map(({ text }) => text)).toEqual(["one", "two", "two"]);
    await home.run(["stop", id]);
  });
});
