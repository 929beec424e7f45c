import { afterAll, describe, expect, it } from "vitest";
import { startHome } from "../../support/home.ts";
import { isAlive } from "../../support/processes.ts";
import { until } from "../../support/until.ts";
import type { Answer } from "../../support/wire.ts";

const home = startHome();
afterAll(() => home.dispose());

const line = "exec sleep 1000";

let made = 0;

async function group(strategy: string, ...flags: readonly string[]): Promise<string> {
  made += 1;
  const { code, stdout, stderr } = await home.run(["group", `g${made}`, "--strategy", strategy, "--json", ...flags]);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout).id;
}

async function members(of: string, count: number, ...flags: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (let one = 0; one < count; one += 1) {
    const id = await home.start("--parent", of, "--backoff", "100", ...flags, line);
    await running(id, 1);
    ids.push(id);
  }
  return ids;
}

const running = (id: string, attempt: number): Promise<Answer> =>
  until(`attempt ${attempt} of ${id} to run`, async () => {
    const info = await home.info(id);
    return info.attempt === attempt && info.status === "running" && info;
  });

const crash = async (id: string | undefined): Promise<void> => {
  process.kill(await home.agentPid(id ?? ""), "SIGKILL");
};
const attempts = (ids: readonly string[]): Promise<number[]> =>
  Promise.all(ids.map(async (id) => (await home.info(id)).attempt as number));
const eventsOf = async (mission: string | null, type: string): Promise<Answer[]> => {
  const { stdout } = await home.run(["events", "--json", "--type", type, ...(mission === null ? [] : ["--mission", mission])]);
  return stdout
    .split("\n")
    .filter((row) => row !== "")
    .map((row) => JSON.parse(row));
};
/** Who started, in order. */
const startsOf = async (ids: readonly string[]): Promise<string[]> =>
  (await eventsOf(null, "mission.started"))
    .filter(({ mission }) => ids.includes(mission))
    .map(({ mission, attempt }) => `${mission} ${attempt}`);
const endedAt = async (id: string) => Date.parse((await home.info(id)).ended_at);

describe("a group", () => {
  it("runs without a process until it is stopped, and its members before it, the last made first", async () => {
    const id = await group("one_for_one", "--label", "team=docs", "--max-seconds", "7");
    const ids = await members(id, 3);
    expect(await home.info(id)).toMatchObject({
      type: "group",
      status: "running",
      os_pid: null,
      children: ids,
      labels: { team: "docs" },
      group: { strategy: "one_for_one", max_restarts: 5, max_seconds: 7, crashes: 0 },
    });
    expect((await home.run(["logs", id])).stdout).toBe("");
    expect((await home.run(["stop", id])).code).toBe(0);
    const ends = await Promise.all([...ids.toReversed(), id].map(endedAt));
    expect(ends).toEqual([...ends].sort((left, right) => left - right));
    for (const member of ids) expect(await home.info(member)).toMatchObject({ status: "stopped", reason: "group" });
    expect((await home.run(["wait", id])).stdout).toContain("finished: stopped (exit code 0)");
  });

  it("is killed with its members", async () => {
    const id = await group("one_for_all");
    const ids = await members(id, 2);
    const pids = await Promise.all(ids.map((member) => home.agentPid(member)));
    expect((await home.run(["kill", id])).code).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    for (const member of ids) expect(await home.info(member)).toMatchObject({ status: "killed", reason: "group" });
    expect((await home.run(["wait", id])).code).toBe(137);
  });

  it("gives its members on_failure without a limit of their own, unless they say otherwise", async () => {
    const id = await group("one_for_one");
    const [plain = ""] = await members(id, 1);
    const [own = ""] = await members(id, 1, "--restart", "always", "--max-restarts", "3");
    expect(await home.info(plain)).toMatchObject({ restart_policy: "on_failure", max_restarts: 0 });
    expect(await home.info(own)).toMatchObject({ restart_policy: "always", max_restarts: 3 });
    await home.ask("kill", { id });
  });

  it("leaves alone what a person stopped, and runs on without members", async () => {
    const id = await group("one_for_all");
    const ids = await members(id, 2);
    await home.ask("stop", { id: ids[0] });
    expect(await attempts(ids)).toEqual([1, 1]);
    await home.ask("stop", { id: ids[1] });
    expect((await home.info(id)).status).toBe("running");
    expect(await eventsOf(id, "mission.member_crashed")).toEqual([]);
  });

  it("that is restarted brings back the members it ended, and those only", async () => {
    const id = await group("one_for_one");
    const ids = await members(id, 3);
    await home.ask("stop", { id: ids[1] });
    await home.ask("restart", { id });
    await running(ids[0] ?? "", 2);
    await running(ids[2] ?? "", 2);
    expect(await home.info(ids[1] ?? "")).toMatchObject({ status: "stopped", attempt: 1 });
    await home.ask("stop", { id });
    await home.ask("restart", { id });
    await running(ids[0] ?? "", 3);
    await running(ids[2] ?? "", 3);
  });

  it("of a strategy that nobody knows is refused", async () => {
    const { code, stderr } = await home.run(["group", "odd", "--strategy", "all_for_one"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("one_for_all")]);
    await expect(home.ask("group", { name: "odd", strategy: "x" })).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("when a member crashes", () => {
  it.each([
    ["one_for_one", [1, 2, 1]],
    ["one_for_all", [2, 2, 2]],
    ["rest_for_one", [1, 2, 2]],
  ])("%s restarts what it says, in start order, and counts it once", async (strategy, expected) => {
    const id = await group(strategy);
    const ids = await members(id, 3);
    await crash(ids[1]);
    await Promise.all(ids.map((member, index) => running(member, expected[index] ?? 0)));
    expect(await attempts(ids)).toEqual(expected);
    const restarted = ids.filter((_, index) => expected[index] === 2);
    expect(await startsOf(ids)).toEqual([...ids.map((member) => `${member} 1`), ...restarted.map((member) => `${member} 2`)]);
    const [crashed, ...more] = await eventsOf(id, "mission.member_crashed");
    expect(crashed.data).toMatchObject({ member: ids[1], strategy, restarts: restarted });
    expect(more).toEqual([]);
    expect((await home.info(id)).group.crashes).toBe(1);
  });

  it("the others wait for the slowest, also for one that a person then kills", async () => {
    const id = await group("one_for_all");
    const [first = "", second = ""] = await members(id, 2);
    const stubborn = await home.start("--parent", id, "--grace", "60", `trap '' TERM; echo ready; while :; do sleep 0.1; done`);
    await home.printed(stubborn, "ready");
    await crash(second);
    await until("the others to wait", async () => {
      const { status, attempt } = await home.info(first);
      return status === "starting" && attempt === 2;
    });
    expect((await home.info(stubborn)).status).toBe("stopping");
    await home.ask("kill", { id: stubborn });
    await running(first, 2);
    await running(second, 2);
    expect((await home.info(stubborn)).status).toBe("killed");
  });

  it("one that waits for its turn can be stopped", async () => {
    const id = await group("one_for_all");
    const [first = "", second = ""] = await members(id, 2);
    const stubborn = await home.start("--parent", id, "--grace", "60", `trap '' TERM; echo ready; while :; do sleep 0.1; done`);
    await home.printed(stubborn, "ready");
    await crash(second);
    await until("the others to wait", async () => (await home.info(first)).status === "starting");
    await home.ask("stop", { id: first });
    expect(await home.info(first)).toMatchObject({ status: "stopped", reason: "stopped" });
    await home.ask("kill", { id });
    expect(await home.info(second)).toMatchObject({ status: "killed", reason: "group" });
  });
});

describe("a group that has ended", () => {
  it("takes no member, and says how it can again", async () => {
    const id = await group("one_for_one");
    await home.run(["stop", id]);
    const refused = await home.run(["run", "--parent", id, "true"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/parent: the group g\d+ has ended .*\n.*overmind restart g\d+/);
    await home.run(["restart", id]);
    expect((await home.run(["run", "--parent", id, "true"])).code).toBe(0);
    await home.run(["kill", id, "--cascade"]);
  });
});

describe("a group whose window is exceeded", () => {
  it("ends its members in reverse start order and crashes, with a word why", async () => {
    const id = await group("one_for_one", "--max-restarts", "2");
    const ids = await members(id, 3, "--backoff", "0");
    for (const attempt of [1, 2, 3]) {
      await running(ids[1] ?? "", attempt);
      await crash(ids[1]);
    }
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "failed", exit_code: 1 });
    for (const member of ids) expect(await home.info(member)).toMatchObject({ status: "stopped", reason: "group" });
    expect(await endedAt(ids[2] ?? "")).toBeLessThanOrEqual(await endedAt(ids[0] ?? ""));
    // The crash that was one too many is followed by no restart, and none is announced.
    expect((await home.info(ids[1] ?? "")).restart_count).toBe(2);
    expect((await eventsOf(ids[1] ?? "", "mission.backing_off")).map(({ data }) => data.restart)).toEqual([1, 2]);
    const why = (await home.run(["why", ids[1] ?? ""])).stdout;
    expect(why).toMatch(/was stopped .*: its group gives up, so it does not start again\./);
    expect(why).not.toContain("Restart 3");
    const [ended] = await eventsOf(id, "mission.attempt_ended");
    expect(ended.data.note).toBe("its members crashed more than 2 times within 60 s");
    expect((await eventsOf(id, "mission.gave_up"))[0].data).toMatchObject({ restarts: 2, within_seconds: 60 });
  });

  it("is a crash to the group above it, which starts it again with its members", async () => {
    const outer = await group("one_for_all");
    const [sibling = ""] = await members(outer, 1);
    const inner = await group("one_for_one", "--max-restarts", "1", "--parent", outer);
    const ids = await members(inner, 2, "--backoff", "0");
    await crash(ids[0]);
    await running(ids[0] ?? "", 2);
    await crash(ids[0]);
    await running(inner, 2);
    await running(sibling, 2);
    await Promise.all([running(ids[0] ?? "", 3), running(ids[1] ?? "", 2)]);
    expect((await eventsOf(outer, "mission.member_crashed")).map(({ data }) => data.member)).toEqual([inner]);
    expect((await home.info(inner)).group.crashes).toBe(0);
    await home.ask("kill", { id: outer });
    for (const one of [inner, sibling, ...ids]) expect((await home.info(one)).status).toBe("killed");
  });

  it("takes the group above with it when that one's window is exceeded too", async () => {
    const outer = await group("one_for_one", "--max-restarts", "1");
    const inner = await group("one_for_one", "--max-restarts", "1", "--parent", outer);
    const [member = ""] = await members(inner, 1, "--backoff", "0");
    for (const attempt of [1, 2, 3, 4]) {
      await running(member, attempt);
      await crash(member);
    }
    expect(await home.wait(outer)).toMatchObject({ status: "crashed", reason: "failed", exit_code: 1 });
    expect(await home.info(inner)).toMatchObject({ status: "stopped", reason: "group" });
  });
});

describe("the daemon killed", () => {
  const killDaemon = async () => {
    await home.killDaemon("SIGKILL");
    await home.run(["start"]);
  };

  it("takes nothing from a group: members go on, its count goes on, nothing starts twice", async () => {
    const id = await group("one_for_one", "--max-restarts", "2");
    const ids = await members(id, 2, "--backoff", "0");
    const pids = await Promise.all(ids.map((member) => home.agentPid(member)));
    await killDaemon();
    expect(await home.info(id)).toMatchObject({ status: "running", attempt: 1 });
    expect(await Promise.all(ids.map((member) => home.agentPid(member)))).toEqual(pids);
    for (const attempt of [1, 2]) {
      await running(ids[0] ?? "", attempt);
      await crash(ids[0]);
      await running(ids[0] ?? "", attempt + 1);
      await killDaemon();
      expect((await home.info(id)).group.crashes).toBe(attempt);
      expect(await attempts(ids)).toEqual([attempt + 1, 1]);
    }
    await crash(ids[0]);
    expect(await home.wait(id)).toMatchObject({ status: "crashed", exit_code: 1 });
    expect(await attempts(ids)).toEqual([3, 1]);
  });

  it("while a member was down lets the group see its crash, once", async () => {
    const id = await group("rest_for_one");
    const ids = await members(id, 3);
    const pid = await home.agentPid(ids[1] ?? "");
    await home.killDaemon("SIGKILL");
    process.kill(pid, "SIGKILL");
    await home.run(["start"]);
    await Promise.all([running(ids[0] ?? "", 1), running(ids[1] ?? "", 2), running(ids[2] ?? "", 2)]);
    await killDaemon();
    expect((await home.info(id)).group.crashes).toBe(1);
    expect(await attempts(ids)).toEqual([1, 2, 2]);
  });

  it("while the members restart together lets each of them restart once", async () => {
    const id = await group("one_for_all");
    const ids = await members(id, 3, "--backoff", "1500", "--jitter", "0");
    await crash(ids[0]);
    await until("the group to count it", async () => (await home.info(id)).group.crashes === 1);
    await killDaemon();
    await until("all to run again", async () => {
      const all = await Promise.all(ids.map((member) => home.info(member)));
      return all.every(({ status }) => status === "running");
    });
    const runs = (await startsOf(ids)).map((row) => row.split(" ")[0]);
    expect(runs.toSorted()).toEqual([...ids, ...ids].toSorted());
    expect((await home.info(id)).group.crashes).toBe(1);
  });

  it("while a group ends, the next one ends it, members first", async () => {
    const id = await group("one_for_one");
    const ids = await members(id, 2);
    const stubborn = await home.start("--parent", id, "--grace", "2", `trap '' TERM; echo ready; while :; do sleep 0.1; done`);
    await home.printed(stubborn, "ready");
    const stopping = home.run(["stop", id, "--no-autostart"]);
    await until("the stop to arrive", async () => (await home.info(stubborn)).status === "stopping");
    await home.killDaemon("SIGKILL");
    await stopping;
    await home.run(["start"]);
    expect(await home.wait(id)).toMatchObject({ status: "stopped" });
    for (const member of [stubborn, ...ids])
      expect(await home.info(member)).toMatchObject({ status: "stopped", reason: "group" });
  });
});
