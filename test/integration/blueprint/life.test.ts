// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { linesIn, PipelineHome } from "./pipeline-home.ts";

const home = new PipelineHome();
afterAll(() => home.dispose());

const mark = (word: string) => `echo ${word} >> marks`;
const team = (name: string, write = "write") => `[blueprint]\nname = "${name}"
[agents.research]
command = "echo bees; ${mark("research")}"
[agents.write]
command = "echo text about \${agents.research.result}; ${mark(write)}"
depends_on = ["research"]
[agents.review]
command = "echo good: \${agents.write.result}; ${mark("review")}"
depends_on = ["write"]
[agents.aside]
command = "${mark("aside")}"
`;

describe("a part of a blueprint", () => {
  it("is with --only those agents and what they depend on", async () => {
    const directory = home.written(team("only"));
    expect(await home.ok(directory, "apply", "--wait", "--only", "write")).toContain("(exit code 0)");
    expect(linesIn(directory)).toEqual(["research", "write"]);
    expect((await home.run(["graph", "only"])).stdout).toBe("research (completed)\n└─ write (completed)\n");
  });

  it("is with --from that agent and all after it, with the results of the newest finished run", async () => {
    const directory = home.written(team("from"));
    await home.ok(directory, "apply", "--wait", "--only", "review");
    home.rewrite(directory, team("from", "rewrite"));
    await home.ok(directory, "apply", "--wait", "--from", "write");
    expect(linesIn(directory)).toEqual(["research", "write", "review", "rewrite", "review"]);
    expect(await home.logs("review")).toBe("good: text about bees\n");
    // It takes over what that run had taken over itself, and a retry of all of it begins there as well.
    await home.ok(directory, "apply", "--wait", "--from", "review");
    await home.ok(directory, "retry", "--wait", "from");
    expect(linesIn(directory).slice(5)).toEqual(["review", "review"]);
    expect(await home.logs("review")).toBe("good: text about bees\n");
  });

  it("hands on what nobody had asked for in the earlier run", async () => {
    const directory = home.written(
      '[blueprint]\nname = "late"\n[agents.a]\ncommand = "echo from a"\n[agents.b]\ncommand = "true"\ndepends_on = ["a"]',
    );
    await home.ok(directory, "apply", "--wait");
    home.rewrite(
      directory,
      '[blueprint]\nname = "late"\n[agents.a]\ncommand = "echo from a"\n[agents.b]\ncommand = "echo got ${agents.a.result}"\ndepends_on = ["a"]',
    );
    await home.ok(directory, "apply", "--wait", "--from", "b");
    expect(await home.logs("b")).toBe("got from a\n");
    // The earlier run is forgotten, its result is not.
    const runs: { id: string; status: string; parent: string | null }[] = JSON.parse(
      (await home.run(["ps", "-a", "--json"])).stdout,
    );
    const { id } = await home.info("late");
    const others = runs.filter((one) => one.id !== id && one.parent !== id && one.status !== "running");
    await home.ok(directory, "rm", ...others.map((one) => one.id));
    await home.ok(directory, "retry", "--wait", "late");
    expect(await home.logs("b")).toBe("got from a\n");
    await home.run(["prune"]);
    expect((await home.run(["apply", "--from", "b"], { cwd: directory })).stderr).toContain("there is no finished run of late");
  });

  it("refuses --from where what lies before was never done, and starts nothing", async () => {
    const directory = home.written(team("undone"));
    const none = await home.run(["apply", "--from", "write"], { cwd: directory });
    expect([none.code, none.stderr.split("\n")[0]]).toEqual([
      1,
      "Error: from: there is no finished run of undone that completed research (invalid_argument)",
    ]);
    await home.ok(directory, "apply", "--wait", "--only", "aside");
    const other = await home.run(["apply", "--from", "write"], { cwd: directory });
    expect(other.stderr).toMatch(/^Error: from: the newest finished run of undone \(\w{8}\) did not complete research/);
    expect(linesIn(directory)).toEqual(["aside"]);
  });

  it("is shown by --dry-run, which makes nothing", async () => {
    const directory = home.written(team("shown"));
    const { code, stdout } = await home.run(["apply", "--dry-run", "--from", "write"], { cwd: directory });
    expect([code, stdout.split("\n").map((line) => line.trim().split(" ")[0])]).toEqual([
      0,
      ["shown:", "Wave", "write", "Wave", "review", "Done", ""],
    ]);
    expect(stdout).toContain("Done by an earlier run: research");
    await expect(home.info("shown")).rejects.toMatchObject({ code: "not_found" });
    expect(linesIn(directory)).toEqual([]);
  });

  it("refuses agents that are not there, and both flags together", async () => {
    const directory = home.written(team("wrong"));
    const unknown = await home.run(["apply", "--only", "reserch"], { cwd: directory });
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      "Error: only: wrong has no agent `reserch`: did you mean `research`? (invalid_argument)\n",
    ]);
    expect((await home.run(["apply", "--only", "write", "--from", "write"], { cwd: directory })).code).toBe(2);
  });
});

describe("diff", () => {
  it("tells what differs, and says so by its exit code", async () => {
    const directory = home.written(team("differs"));
    await home.ok(directory, "apply", "--wait");
    expect(await home.run(["diff"], { cwd: directory })).toMatchObject({ code: 0, stdout: "" });
    home.rewrite(directory, team("differs", "rewrite").replace(/\[agents\.aside\][\s\S]*$/, '[agents.new]\ncommand = "true"\n'));
    const { code, stdout } = await home.run(["diff"], { cwd: directory });
    expect([code, stdout]).toEqual([
      1,
      `~ write
    command: echo text about \${agents.research.result}; echo write >> marks -> echo text about \${agents.research.result}; echo rewrite >> marks
- aside
+ new
`,
    ]);
    const json = await home.run(["diff", "--json", "overmind.toml", "differs"], { cwd: directory });
    expect([json.code, JSON.parse(json.stdout)]).toEqual([
      1,
      {
        id: expect.any(String),
        name: "differs",
        status: "stopped",
        same: false,
        kept_params: [],
        blueprint: [],
        agents: [
          { agent: "write", change: "changed", keys: [expect.objectContaining({ key: "command" })] },
          { agent: "aside", change: "removed", keys: [] },
          { agent: "new", change: "added", keys: [] },
        ],
      },
    ]);
  });

  it("compares with the params that the pipeline was given, unless it is given others", async () => {
    const text = (command: string) => `[blueprint]\nname = "given"\n[params.topic]\n[agents.a]\ncommand = "${command}"\n`;
    const directory = home.written(text("echo ${params.topic}"));
    await home.ok(directory, "apply", "--wait", "-p", "topic=bees");
    expect(await home.run(["diff"], { cwd: directory })).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "Compared with topic as given was given; -p gives another value.\n",
    });
    const other = await home.run(["diff", "-p", "topic=ants"], { cwd: directory });
    expect([other.code, other.stdout, other.stderr]).toEqual([1, expect.stringContaining("ants"), ""]);
    home.rewrite(directory, text("echo about ${params.topic}"));
    const json = await home.run(["diff", "--json"], { cwd: directory });
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([1, { same: false, kept_params: ["topic"] }]);
    expect((await home.run(["diff", "-p", "tpic=x"], { cwd: directory })).stderr).toContain("did you mean `topic`");
  });

  it("exits 125 where it could not compare", async () => {
    const directory = home.written(team("unknown-one"));
    const never = await home.run(["diff"], { cwd: directory });
    expect([never.code, never.stderr]).toEqual([125, expect.stringContaining("no pipeline is called 'unknown-one'")]);
    home.rewrite(directory, "[agents.a]\nretri = 1");
    const bad = await home.run(["diff"], { cwd: directory });
    expect([bad.code, bad.stderr]).toEqual([125, expect.stringContaining("unknown key `retri`")]);
    expect((await home.run(["diff", "--nonsense"], { cwd: directory })).code).toBe(2);
  });
});

describe("a pipeline that runs", () => {
  it("is drawn with its states in each format", async () => {
    const directory = home.written(`[blueprint]\nname = "drawn"
[agents.server]
type = "service"
command = "echo up; exec sleep 600"
ready = { log = "up" }
[agents.each]
command = "test $OVERMIND_INDEX = 1 || exec sleep 600"
replicas = 2
depends_on = ["server"]
[agents.last]
command = "true"
depends_on = ["each"]
[agents.no]
command = "true"
when = "1 == 2"
`);
    const id = await home.apply(directory);
    const drawn = "server (service, ready)\n└─ each (x2, 1 completed, 1 running) [ready]\n   └─ last (waiting)\nno (skipped)\n";
    await until("the picture", async () => (await home.run(["graph", "drawn"])).stdout === drawn, {
      seen: () => home.ask("graph", { id }),
    });
    expect(await home.ok(directory, "graph", "--live")).toBe(drawn);
    expect(await home.ok(directory, "graph", "--live", "--format", "mermaid")).toContain('["server (service, ready)"]');
    expect(await home.ok(directory, "graph", id, "--format", "dot")).toContain('[label="last (waiting)"]');
    expect(JSON.parse(await home.ok(directory, "graph", "drawn", "--json"))).toMatchObject({
      id,
      name: "drawn",
      status: "running",
      nodes: [{ name: "server", status: "ready" }, { name: "no", status: "skipped" }, { name: "each" }, { name: "last" }],
    });
    await home.ok(directory, "kill", id);
    expect(await home.ok(directory, "graph", "drawn")).toContain("last (never started)");
    const none = await home.run(["graph", "no-such-thing"]);
    expect([none.code, none.stderr]).toEqual([
      1,
      expect.stringContaining("neither a file nor a pipeline is called 'no-such-thing'"),
    ]);
  });

  it("lets plan know how long its agents took, and which path is the longest", async () => {
    const directory = home.written(`[blueprint]\nname = "timed"
[agents.quick]
command = "true"
[agents.slow]
command = "sleep 0.5"
[agents.both]
command = "sleep 0.2"
depends_on = ["quick", "slow"]
`);
    expect(JSON.parse(await home.ok(directory, "plan", "--json"))).toMatchObject({ expected_ms: {}, critical_path: null });
    await home.ok(directory, "apply", "--wait");
    const { expected_ms, critical_path } = JSON.parse(await home.ok(directory, "plan", "--json"));
    expect(Object.keys(expected_ms).toSorted()).toEqual(["both", "quick", "slow"]);
    // Its start counts from when it was heard of, which on a busy machine is a moment late.
    expect(expected_ms.slow).toBeGreaterThanOrEqual(400);
    expect(critical_path).toEqual({ agents: ["slow", "both"], ms: expected_ms.slow + expected_ms.both });
    const shown = await home.ok(directory, "plan");
    expect(shown).toMatch(/ {2}slow {3}sleep 0\.5 {2}about \d/);
    expect(shown).toContain("slow -> both");
    // The file alone decides what is planned.
    writeFileSync(join(directory, "overmind.toml"), '[blueprint]\nname = "timed"\n[agents.slow]\ncommand = "true"\n');
    expect(Object.keys(JSON.parse(await home.ok(directory, "plan", "--json")).expected_ms)).toEqual(["slow"]);
  });
});

describe("ps --tree after several runs of one blueprint", () => {
  it("shows the newest of each, says how much else there is, and with -a shows all of it", async () => {
    const directory = home.written(`[blueprint]\nname = "again"
[agents.works]\ncommand = "true"
[agents.breaks]\ncommand = "exit 1"\ndepends_on = ["works"]\n`);
    const run = async () => JSON.parse((await home.run(["apply", "--json", "--wait"], { cwd: directory })).stdout).id;
    const first = await run();
    const last = await run();
    await home.run(["retry", "again", "--failed", "--wait"]);
    const rows = (text: string) => text.split("\n").filter((line) => /again|works|breaks/.test(line));
    const tree = await home.run(["ps", "--tree"]);
    expect(rows(tree.stdout).map((row) => row.split(/\s+/)[0])).toEqual([last, ...(await newestOf(last, ["works", "breaks"]))]);
    expect(tree.stderr).toMatch(/^\d+ missions of earlier runs not shown; -a shows them\n$/);
    const all = await home.run(["ps", "--tree", "-a"]);
    const marked = rows(all.stdout).filter((row) => row.includes("(earlier run)"));
    expect([rows(all.stdout).length, marked.length, all.stderr]).toEqual([7, 4, ""]);
    expect(all.stdout).toContain(first);
    expect(rows((await home.run(["ps"])).stdout)).toHaveLength(7);
  });
});

async function newestOf(pipeline: string, names: readonly string[]): Promise<(string | undefined)[]> {
  const agents = await home.agents(pipeline);
  return names.map((name) => agents.findLast((agent) => agent.name === name)?.id);
}
