import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { agent } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";
import { until } from "../../support/until.ts";

const home = startHome();
afterAll(() => home.dispose());

const directoryOf = (id: string) => join(home.home, "missions", id);

describe("rm", () => {
  it("forgets a finished mission and its files, and refuses a live one", async () => {
    const done = await home.start("true");
    const live = await home.start("sleep 1000");
    await home.wait(done);
    expect((await home.run(["rm", done])).code).toBe(0);
    expect(existsSync(directoryOf(done))).toBe(false);
    expect(await home.run(["info", done])).toMatchObject({ code: 1, stderr: expect.stringContaining("not_found") });
    expect(await home.run(["rm", live])).toMatchObject({ code: 1, stderr: expect.stringContaining("still_live") });
    expect((await home.info(live)).status).toBe("running");
    await home.ask("kill", { id: live });
  });

  it("--rm of run does it after a successful end, and keeps a failed one", async () => {
    expect((await home.run(["run", "--rm", "--wait", "--name", "fine", "true"])).code).toBe(0);
    expect((await home.run(["run", "--rm", "--wait", "--name", "failed", "exit 3"])).code).toBe(3);
    await until("the successful one to be gone", async () => (await home.run(["info", "fine"])).code === 1);
    expect((await home.info("failed")).exit_code).toBe(3);
  });
});

describe("prune", () => {
  it("forgets finished missions by age and status", async () => {
    const failed = await home.start("exit 1");
    const fine = await home.start("true");
    for (const id of [failed, fine]) await home.wait(id);
    expect((await home.run(["prune", "--older-than", "1h"])).code).toBe(0);
    expect((await home.info(fine)).status).toBe("stopped");
    expect((await home.run(["prune", "--status", "crashed"])).code).toBe(0);
    expect((await home.run(["info", failed])).code).toBe(1);
    expect((await home.info(fine)).status).toBe("stopped");
    expect((await home.run(["prune"])).code).toBe(0);
    expect(await home.ask("list", { all: true })).toEqual([]);
    expect(readdirSync(join(home.home, "missions"))).toEqual([]);
  });
});

describe("keep_finished", () => {
  it("bounds how many finished missions the daemon keeps, oldest first", async () => {
    const small = startHome({ config: "keep_finished = 3\n" });
    try {
      const ids: string[] = [];
      for (let i = 0; i < 6; i += 1) {
        const id = await small.start(`exit ${i}`);
        await small.wait(id);
        ids.push(id);
      }
      // The daemon looks each minute, and first thing when it starts.
      await small.run(["start", "--replace"]);
      await until("three to be left", async () => (await small.ask("list", { all: true })).length === 3);
      const left = (await small.ask("list", { all: true })).map((mission: { id: string }) => mission.id);
      expect(left).toEqual(ids.slice(3));
      expect(readdirSync(join(small.home, "missions")).toSorted()).toEqual(ids.slice(3).toSorted());
    } finally {
      await small.dispose();
    }
  });

  it("with a config that cannot be read is a clear error", async () => {
    const broken = startHome({ config: 'keep_finished = "many"\nkeep_finnished = 3\n' });
    try {
      const ended = await broken.run(["ps"]);
      expect([ended.code, ended.stderr]).toEqual([125, expect.stringMatching(/^Error: .*(config\.toml|keep_fin)/)]);
    } finally {
      await broken.dispose();
    }
  });
});

describe("restart", () => {
  it("starts the next attempt of a running mission and of one that has ended, with its old environment", async () => {
    const ended = await home.shell(
      `FLAVOUR=plum overmind run --json --name again 'echo "$FLAVOUR $OVERMIND_ATTEMPT"; sleep 1000'`,
    );
    const { id } = JSON.parse(ended.stdout);
    await home.printed(id, "plum 1");
    const first = await home.agentPid(id);
    expect((await home.run(["restart", id])).code).toBe(0);
    await home.printed(id, "plum 2");
    expect(await home.agentPid(id)).not.toBe(first);
    expect(await home.logs(id)).toMatch(/^plum 1\n--- restart #1 at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ---\nplum 2\n$/);
    await home.ask("stop", { id });
    expect((await home.run(["restart", id])).code).toBe(0);
    await home.printed(id, "plum 3");
    expect(await home.info(id)).toMatchObject({ attempt: 3, restart_count: 2, status: "running" });
    await home.ask("kill", { id });
  });
});

describe("run -i", () => {
  it("gives the agent the caller's stdin, to its end", async () => {
    const input = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join("");
    const ended = await home.run(["run", "-i", "--wait", "--name", "counted", "wc -c"], { input });
    expect(ended.code).toBe(0);
    expect((await home.logs("counted")).trim()).toBe(String(input.length));
  });

  it("gives it nothing without -i: stdin is empty, not the daemon's", async () => {
    expect((await home.run(["run", "--wait", "cat; exit 3"])).code).toBe(3);
  });
});

describe("ps", () => {
  it("filters by status and label, prints ids with -q and a tree with --tree", async () => {
    const a = await home.start("--label", "team=red", "--name", "red", "sleep 1000");
    const b = await home.start("--label", "team=blue", "--parent", "red", "--name", "blue", "sleep 1000");
    expect((await home.run(["ps", "-q", "--label", "team=red"])).stdout).toBe(`${a}\n`);
    expect((await home.run(["ps", "-q", "--children", a])).stdout).toBe(`${b}\n`);
    expect((await home.run(["ps", "-q", "--status", "running"])).stdout.split("\n")).toEqual(expect.arrayContaining([a, b]));
    const tree = (await home.run(["ps", "--tree"])).stdout;
    expect(tree.indexOf("red")).toBeLessThan(tree.indexOf("blue"));
    expect(JSON.parse((await home.run(["ps", "--json"])).stdout)).toEqual(
      expect.arrayContaining([expect.objectContaining({ id: a, children: [b] })]),
    );
    expect((await home.run(["info", a, "-f", ".labels.team"])).stdout).toBe("red\n");
    await home.run(["kill", a, b]);
  });

  it("takes a label on the wire and from a program, and never answers with more than was asked for", async () => {
    const a = await home.start("--label", "team=a=b", "--label", "x=1", "sleep 1000");
    const idsOf = async (args: object) => (await home.ask("list", args)).map(({ id }: { id: string }) => id);
    for (const label of ["team=a=b", ["x=1", "team=a=b"], { team: "a=b" }]) expect(await idsOf({ label })).toEqual([a]);
    expect(await idsOf({ labels: { team: "a=b" } })).toEqual([a]);
    expect(await idsOf({ label: "team=a" })).toEqual([]);
    await expect(idsOf({ label: "team" })).rejects.toMatchObject({ code: "invalid_argument" });
    const client = await home.client();
    expect((await client.list({ label: { team: "a=b" } })).map(({ id }) => id)).toEqual([a]);
    await home.run(["kill", a]);
  });

  it("shows the newest 100 finished ones and says on stderr that there are more", async () => {
    const many = startHome();
    try {
      await many.run(["start"]);
      const ids = await Promise.all(Array.from({ length: 105 }, async () => (await many.ask("run", { command: "true" })).id));
      for (const id of ids) await many.wait(id);
      const ps = await many.run(["ps"]);
      expect(ps.stdout.trimEnd().split("\n")).toHaveLength(101);
      expect(ps.stderr).toContain("5");
      expect((await many.run(["ps", "-q"])).stdout.trimEnd().split("\n")).toHaveLength(105);
      expect((await many.run(["ps", "-n", "7"])).stdout.trimEnd().split("\n")).toHaveLength(8);
    } finally {
      await many.dispose();
    }
  });
});

describe("events", () => {
  it("tells the life of a mission, from the log and as it happens", async () => {
    const following = home.spawn(["events", "-f", "--json", "--since", "0", "--type", "mission.*"]);
    const id = await home.start("--", ...agent("--run-for", 100, "--exit-code", 2));
    await home.wait(id);
    await until(
      "the end of the mission among the events",
      () => following.stdout.split("\n").some((line) => line.includes(id) && /crashed|ended|finished|exited/.test(line)),
      { seen: () => following.stdout.slice(-500) },
    );
    following.child.kill("SIGINT");
    await following.finished;
    const past = (await home.run(["events", "--json", "--mission", id])).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(past.map((event) => event.seq)).toEqual(past.map((event) => event.seq).toSorted((x, y) => x - y));
    const last = past.at(-1).seq;
    expect((await home.run(["events", "--json", "--mission", id, "--since", String(last)])).stdout).toBe("");
  });
});
