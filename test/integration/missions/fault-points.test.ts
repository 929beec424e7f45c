import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { databaseProblem } from "../../../src/store/integrity.ts";
import { agent, agentLine, uniqueTag } from "../../support/agent.ts";
import { spawnArmed, startArmed } from "../../support/fault-daemon.ts";
import { freshDirectory, type Home, startHome } from "../../support/home.ts";
import { commandsWith } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

let home: Home;
afterEach(() => home.dispose());

const path = (...names: readonly string[]) => join(home.home, ...names);
const linesIn = (file: string) => (existsSync(path(file)) ? readFileSync(path(file), "utf8").split("\n").slice(0, -1) : []);
const fresh = (config?: string) => {
  home = startHome({ at: freshDirectory(), ...(config === undefined ? {} : { config }) });
};
/** An agent that notes its starts and ends with code 6. */
const victim = (...flags: readonly (string | number)[]) =>
  agent("--starts", path("starts"), "--run-for", 300, "--exit-code", 6, ...flags);
/** The words of a shell that notes its start, and goes on until `recover` lets it: it ends with code 6. */
const waiter = () => [
  "sh",
  "-c",
  `echo "$OVERMIND_MISSION_ID $OVERMIND_ATTEMPT" >> '${path("starts")}'; echo ready; until [ -e '${path("gate")}' ]; do sleep 0.1; done; exit 6`,
];
const all = async () => (await home.client()).list({ all: true });
const find = async (name: string) => (await all()).find((mission) => mission.name === name);

/** Asks an armed daemon for what leads it past its point; whatever the answer, it is dead then. */
async function dieAsking(point: string, cmd: string, args: object): Promise<void> {
  const daemon = await startArmed(home, point);
  await home.ask(cmd, args).catch(() => null);
  expect(await daemon.finished).toMatchObject({ signal: "SIGKILL" });
}

async function dieStarting(point: string): Promise<void> {
  expect(await spawnArmed(home, point).finished).toMatchObject({ signal: "SIGKILL" });
}

/** Starts the next daemon, lets all come to its end, and looks whether all that can be asked tells the same. */
async function recover(): Promise<void> {
  expect((await home.run(["start"])).code).toBe(0);
  writeFileSync(path("gate"), "");
  for (const { id } of await all()) await home.wait(id);
  const missions = await all();
  for (const mission of missions) expect(await home.info(mission.id)).toEqual(mission);
  const events: { seq: number; type: string; mission: string }[] = [];
  for await (const event of (await home.client()).events({ since: 0 })) events.push(event as never);
  expect(events.map(({ seq }, index) => seq - index)).toEqual(events.map(() => events[0]?.seq));
  // Of what was rebuilt from files, the events are lost.
  const isRebuilt = events.some(({ type }) => type === "daemon.rebuilt");
  for (const { id } of isRebuilt ? [] : missions)
    expect(events.filter(({ type, mission }) => type === "mission.ended" && mission === id)).toHaveLength(1);
  expect(readdirSync(path("missions")).toSorted()).toEqual(missions.map(({ id }) => id).toSorted());
  expect(databaseProblem(path("overmind.db"))).toBeNull();
  // Each attempt at most once.
  const attempts = linesIn("starts").map((line) => line.split(" ").slice(0, 2).join(" "));
  expect(new Set(attempts).size).toBe(attempts.length);
}

const stored = ["mission.created", "mission.started", "mission.attempt_ended", "mission.ended"] as const;

describe("a run amid which the daemon dies", () => {
  it.each(["after_files", "before_commit:mission.created"])("(%s) leaves nothing when nobody was told of it", async (point) => {
    fresh();
    await dieAsking(point, "run", { argv: victim(), cwd: "/", name: "victim" });
    await recover();
    expect([await all(), linesIn("starts"), readdirSync(path("missions"))]).toEqual([[], [], []]);
  });

  it.each([
    "after_intent",
    "after_start_request",
    "after_end_noted",
    ...stored.map((type) => `after_commit:${type}`),
    ...stored.slice(1).map((type) => `before_commit:${type}`),
  ])("(%s) runs once, or never and is told so", async (point) => {
    fresh();
    const tag = uniqueTag();
    await dieAsking(point, "run", { argv: victim("--tag", tag), cwd: "/", name: "victim" });
    await recover();
    const { status, reason, exit_code } = (await find("victim")) ?? {};
    const lost = { status: "crashed", reason: "lost", exit_code: null };
    expect({ status, reason, exit_code }).toEqual(
      linesIn("starts").length === 1 ? { ...lost, reason: "failed", exit_code: 6 } : lost,
    );
    expect(commandsWith(tag)).toEqual([]);
  });

  it.each(["before_commit:mission.backing_off", "after_commit:mission.backing_off"])(
    "(%s) starts as often as its policy says",
    async (point) => {
      fresh();
      const policy = { restart: "on_failure", max_restarts: 2, backoff: 10 };
      await dieAsking(point, "run", { argv: victim(), cwd: "/", name: "victim", ...policy });
      await recover();
      expect(linesIn("starts")).toHaveLength(3);
      expect(await find("victim")).toMatchObject({ attempt: 3, restart_count: 2, exit_code: 6, reason: "failed" });
    },
  );
});

describe("a wish amid which the daemon dies", () => {
  it.each([
    ["before_commit:mission.stop_requested", "failed"],
    ["after_commit:mission.stop_requested", "stopped"],
  ])("(%s) is fulfilled if it was stored", async (point, reason) => {
    fresh();
    const id = await home.start("--", ...waiter());
    await home.printed(id, "ready");
    await home.killDaemon();
    await dieAsking(point, "stop", { id });
    await recover();
    expect([(await home.info(id)).reason, linesIn("starts").length]).toEqual([reason, 1]);
  });

  it.each(["before_commit:mission.removed", "after_commit:mission.removed", "after_removal"])(
    "(%s) to be forgotten is fulfilled wholly or not at all",
    async (point) => {
      fresh();
      const id = await home.start("echo kept");
      await home.wait(id);
      await home.killDaemon();
      await dieAsking(point, "rm", { id });
      await recover();
      expect(await all()).toHaveLength(point.startsWith("before") ? 1 : 0);
      if (point.startsWith("before")) expect(await home.logs(id)).toBe("kept\n");
    },
  );

  it("(amid_shutdown) that it ends leaves the agents to the next", async () => {
    fresh();
    const daemon = await startArmed(home, "amid_shutdown");
    await home.start("--name", "victim", "--", ...waiter());
    await home.ask("shutdown").catch(() => null);
    expect(await daemon.finished).toMatchObject({ signal: "SIGKILL" });
    await recover();
    expect([(await find("victim"))?.exit_code, linesIn("starts").length]).toEqual([6, 1]);
  });

  it("(after_pool) for a pool is known, also when the database is lost later", async () => {
    fresh();
    await dieAsking("after_pool", "pool", { action: "set", name: "narrow", slots: 2 });
    await recover();
    await home.killDaemon();
    loseDatabase();
    await recover();
    expect(await home.ask("pool", { action: "ls" })).toMatchObject([{ name: "narrow", slots: 2 }]);
  });
});

describe("a start at which the daemon dies", () => {
  it("(after_removal) while it prunes forgets the rest at the next", async () => {
    fresh();
    for (const name of ["one", "two", "three"]) await home.wait(await home.start("--name", name, "true"));
    await home.killDaemon();
    writeFileSync(path("config.toml"), "keep_finished = 1\n");
    const daemon = spawnArmed(home, "after_removal");
    expect(await daemon.finished).toMatchObject({ signal: "SIGKILL" });
    await home.run(["start"]);
    await until("one to be left", async () => (await all()).length === 1);
    await recover();
    expect((await all()).map(({ name }) => name)).toEqual(["three"]);
  });

  it("(amid_migration) of a new home leaves one that can be used", async () => {
    fresh();
    await dieStarting("amid_migration");
    await recover();
    expect((await home.run(["run", "--wait", "exit 4"])).code).toBe(4);
  });

  it.each(["amid_migration", "before_rebuild", "before_commit:daemon.rebuilt", "after_commit:daemon.rebuilt"])(
    "(%s) after its database was lost still brings back every mission",
    async (point) => {
      fresh();
      await home.wait(await home.start("--name", "done", "exit 3"));
      await home.ask("pool", { action: "set", name: "narrow", slots: 1 });
      const id = await home.start("--name", "victim", "--", ...waiter());
      await home.start("--name", "queued", "--after", id, "--after-any", "exit 7");
      await home.printed(id, "ready");
      await home.killDaemon();
      loseDatabase();
      await dieStarting(point);
      await recover();
      const ends = Object.fromEntries((await all()).map(({ name, exit_code }) => [name, exit_code]));
      expect(ends).toEqual({ done: 3, victim: 6, queued: 7 });
      expect(linesIn("starts")).toHaveLength(1);
      expect(await home.ask("pool", { action: "ls" })).toMatchObject([{ name: "narrow", slots: 1 }]);
    },
  );

  it("(amid_recovery) while it takes up the missions of another takes up each at the next", async () => {
    fresh();
    for (const name of ["one", "two", "three"]) {
      const id = await home.start("--name", name, "--", ...waiter());
      await home.printed(id, "ready");
    }
    await home.killDaemon();
    await dieStarting("amid_recovery:two");
    await recover();
    expect((await all()).map(({ exit_code }) => exit_code)).toEqual([6, 6, 6]);
    expect(linesIn("starts")).toHaveLength(3);
  });
});

describe("a hook amid which the daemon dies", () => {
  it("(after_hook) gets its event again, and the next ones once", async () => {
    fresh(`[[hooks]]\nname = "told"\non = "mission.ended"\nrun = "cat >> told"\n`);
    await dieAsking("after_hook", "run", { argv: victim(), cwd: "/", name: "victim" });
    await until("the hook to have run", () => linesIn("told").length >= 1);
    await recover();
    await until("it again", () => linesIn("told").length === 2);
    const [first, again] = linesIn("told").map((line) => JSON.parse(line).seq);
    expect(again).toBe(first);
  });
});

describe("a pipeline amid which the daemon dies", () => {
  it.each([
    ...["a", "b"].map((step) => `after_move:${step}`),
    ...["a", "b"].map((step) => `after_result_kept:${step}`),
    "before_commit:mission.agent_moved",
    "after_commit:mission.agent_moved",
  ])("(%s) runs each step once, with what the one before it left", async (point) => {
    fresh();
    const noting = agentLine("--starts", path("starts"), "--run-for", 50, "--quiet");
    writeFileSync(
      path("team.toml"),
      `[agents.a]\ncommand = """echo from-a; ${noting}"""\n[agents.b]\ncommand = """echo got \${agents.a.result}; ${noting}"""\ndepends_on = ["a"]\n`,
    );
    await dieAsking(point, "apply", { path: path("team.toml"), name: "team", env: process.env });
    await recover();
    expect(await find("team")).toMatchObject({ status: "stopped", exit_code: 0 });
    expect(linesIn("starts")).toHaveLength(2);
    expect(await home.logs("b")).toBe("got from-a\n");
  });
});

function loseDatabase(): void {
  for (const side of ["", "-wal", "-shm"]) rmSync(path(`overmind.db${side}`), { force: true });
}
