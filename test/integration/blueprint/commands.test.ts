// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startHome } from "../../support/home.ts";

const home = startHome();
afterAll(() => home.dispose());
const examples = resolve(import.meta.dirname, "../../../blueprints");

const repository = join(home.home, "repo");
mkdirSync(join(repository, ".git"), { recursive: true });
mkdirSync(join(repository, "teams"));
const write = (name: string, text: string): string => {
  writeFileSync(join(repository, name), text);
  return join(repository, name);
};
const overmind = (...args: string[]) => home.run(args, { cwd: repository });
const agent = (name: string, lines = "") => `[agents.${name}]\ncommand = "echo ${name}"\n${lines}\n`;

describe("validate", () => {
  it("says that a blueprint holds, without a daemon", async () => {
    write("good.toml", agent("a") + agent("b", 'depends_on = ["a"]'));
    const { code, stdout, stderr } = await overmind("validate", "good.toml");
    expect([code, stdout, stderr]).toEqual([0, "good.toml holds: 2 agents\n", ""]);
    expect(await home.daemonPid()).toBeNull();
  });

  it("says how to make the usual file where there is none", async () => {
    const hint = "Write a first one: overmind init\n";
    for (const command of ["validate", "apply", "plan"])
      expect((await overmind(command)).stderr).toBe(`Error: overmind.toml: there is no such file (blueprint_invalid)\n${hint}`);
    for (const command of ["validate", "apply", "plan", "diff"])
      expect((await overmind(command, "nightly")).stderr).toBe(
        "Error: nightly: there is no such file (blueprint_invalid)\nThe blueprint's FILE comes first; without one it is overmind.toml here.\n",
      );
    expect((await overmind("apply", "-")).stderr).toMatch(/^Error: -: there is no such file .*\nStandard input is not read: /);
  });

  it("apply says what a pipeline's name may hold, and that --only takes several agents", async () => {
    write("good.toml", agent("a"));
    const { code, stderr } = await overmind("apply", "--name", "a b", "good.toml");
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("name: must be a letter or digit, then up to 62 of A-Za-z0-9_.-"),
    ]);
    expect((await overmind("apply", "--help")).stdout).toContain("AGENT,…");
  });

  it("shows every mistake with its place and exits 1", async () => {
    write("bad.toml", agent("a", "retri = 1") + agent("b", 'depend_on = ["a"]'));
    const { code, stdout, stderr } = await overmind("validate", "bad.toml");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.trimEnd().split("\n")).toEqual([
      "Error: bad.toml:3:1: unknown key `retri` in agents.a: did you mean `retry`? (blueprint_invalid)",
      "Error: bad.toml:6:1: unknown key `depend_on` in agents.b: did you mean `depends_on`? (blueprint_invalid)",
    ]);
    const json = JSON.parse((await overmind("validate", "--json", "bad.toml")).stdout);
    expect(json).toMatchObject({ valid: false, problems: [{ file: "bad.toml", line: 3, column: 1 }, { line: 6 }] });
  });

  it("tells with its place all that apply would refuse of an agent's options, as plan does", async () => {
    write("shape.json", '{"type":"words"}');
    write(
      "told.toml",
      `[agents.a]
command = "true"
model = "big"
schema = "shape.json"
[agents.b]
provider = "codex"
prompt = "hi"
allow_tools = ["Bash"]
permission_mode = "acceptEdits"
max_cost_usd = 1
[agents.c]
provider = "claude"
prompt = "hi"
model = "big"
allow_tools = ["Bash"]
max_cost_usd = 1
`,
    );
    const expected = [
      expect.stringMatching(/^Error: told\.toml:3:1: agents\.a\.model is for an agent: set `provider`, such as "claude"/),
      expect.stringMatching(/^Error: told\.toml:4:1: `schema`: shape\.json is no JSON Schema: /),
      expect.stringMatching(/^Error: told\.toml:8:1: agents\.b\.allow_tools is nothing that codex can be told: /),
      expect.stringMatching(/^Error: told\.toml:9:1: agents\.b\.permission_mode: codex knows no permission mode acceptEdits/),
      expect.stringMatching(/^Error: told\.toml:10:1: agents\.b\.max_cost_usd: codex does not tell what it costs/),
    ];
    for (const command of ["validate", "plan", "apply"]) {
      const { code, stderr } = await overmind(command, "told.toml");
      expect([code, stderr.trimEnd().split("\n")]).toEqual([1, expected]);
    }
  });

  it("checks several, and exits 1 where one does not hold", async () => {
    write("good.toml", agent("a"));
    write("bad.toml", agent("a", "retri = 1"));
    const { code, stdout, stderr } = await overmind("validate", "bad.toml", "good.toml");
    expect([code, stdout, stderr.startsWith("Error: bad.toml:3:1: ")]).toEqual([1, "good.toml holds: 1 agent\n", true]);
    const json = JSON.parse((await overmind("validate", "--json", "bad.toml", "good.toml")).stdout);
    expect(json).toMatchObject([
      { file: "bad.toml", valid: false },
      { file: "good.toml", valid: true, agents: 1 },
    ]);
  });
});

describe("include", () => {
  it("adds the agents and defaults of other files, whose paths are relative to themselves", async () => {
    write("teams/common.toml", `[defaults]\nretry = 2\n${agent("lint", 'cwd = "src"')}`);
    write("main.toml", `include = ["teams/common.toml"]\n${agent("all", 'depends_on = ["lint"]')}`);
    const { stdout } = await overmind("agents", "--json", "main.toml");
    expect(JSON.parse(stdout)).toMatchObject([
      { name: "all", cwd: repository, retry: 2 },
      { name: "lint", cwd: join(repository, "teams/src"), retry: 2 },
    ]);
  });

  it.each([
    [
      "a loop",
      "loop.toml",
      'include = "teams/back.toml"',
      "teams/back.toml:1:1: include loop: loop.toml -> teams/back.toml -> loop.toml",
    ],
    ["a path out of the repository", "out.toml", 'include = "../x.toml"', "`include` leads out of the repository"],
    ["a link out of the repository", "link.toml", 'include = "teams/link.toml"', "teams/link.toml is "],
    ["a device", "device.toml", 'include = "/dev/zero"', "`include` leads out of the repository"],
    [
      "an environment file elsewhere",
      "env.toml",
      agent("a", 'env_file = "/etc/passwd"'),
      "`env_file` leads out of the repository",
    ],
    ["a directory above", "cwd.toml", agent("a", 'cwd = "../.."'), "`cwd` leads out of the repository"],
    [
      "a name that is defined twice",
      "twice.toml",
      `include = "good.toml"\n${agent("a")}`,
      "good.toml:1:2: agents.a is defined twice, first in twice.toml:2",
    ],
  ])("refuses %s", async (_what, name, text, reason) => {
    write("good.toml", agent("a"));
    write("teams/back.toml", 'include = "../loop.toml"');
    symlinkSync("/etc/hostname", join(repository, "teams", "link.toml"), "file");
    write(name, text);
    const { code, stderr } = await overmind("validate", name).finally(() => removeLink());
    expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
  });

  const removeLink = () => home.shell(`rm ${join(repository, "teams", "link.toml")}`);
});

describe("plan, graph and agents", () => {
  const file = () =>
    write(
      "plan.toml",
      `[params.topic]\n${agent("a")}[agents.b]\ncommand = 'echo "\${params.topic}" "\${agents.a.result}"'\ndepends_on = ["a"]\n`,
    );

  it("plan shows waves with params in the commands", async () => {
    file();
    const { code, stdout } = await overmind("plan", "-p", "topic=bees", "plan.toml");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^plan: 2 agents in 2 waves, /)]);
    expect(stdout).toContain('Wave 2\n  b  echo "bees" "${agents.a.result}"  after a');
    write("one.toml", agent("a"));
    expect((await overmind("plan", "one.toml")).stdout).toMatch(/^one: 1 agent in 1 wave, /);
    const missing = await overmind("plan", "plan.toml");
    expect([missing.code, missing.stderr]).toEqual([
      1,
      "Error: the param `topic` is missing (invalid_argument)\nGive it with: -p topic=VALUE\n",
    ]);
  });

  it("takes params from a file, over which -p wins", async () => {
    file();
    write("params.toml", 'topic = "ants"');
    const topic = async (...args: string[]) =>
      JSON.parse((await overmind("plan", "--json", ...args, "plan.toml")).stdout).params.topic;
    expect([
      await topic("--params-file", "params.toml"),
      await topic("--params-file", "params.toml", "-p", "topic=bees"),
    ]).toEqual(["ants", "bees"]);
    expect((await overmind("plan", "--params-file", "none.toml", "plan.toml")).code).toBe(2);
  });

  it("graph draws in each format and refuses others", async () => {
    file();
    expect((await overmind("graph", "plan.toml")).stdout).toBe("a\n└─ b\n");
    expect((await overmind("graph", "--format", "dot", "plan.toml")).stdout).toContain('"a" -> "b";');
    expect((await overmind("graph", "--format", "svg", "plan.toml")).code).toBe(2);
  });

  it("are answered on the wire for an absolute path", async () => {
    const path = file();
    await home.run(["start"]);
    expect(await home.ask("agents", { path })).toMatchObject([{ name: "a" }, { name: "b", depends_on: { a: "completed" } }]);
    expect(await home.ask("plan", { path, params: { topic: "bees" } })).toMatchObject({
      params: { topic: "bees" },
      waves: [[{ name: "a" }], [{ name: "b" }]],
    });
    expect(await home.ask("graph", { path })).toMatchObject({ edges: [{ from: "a", to: "b" }] });
    expect(await home.ask("validate", { path })).toEqual({ valid: true, agents: 2, problems: [] });
    await expect(home.ask("agents", { path: "plan.toml" })).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(home.ask("agents", { path: join(repository, "none.toml") })).rejects.toMatchObject({
      code: "blueprint_invalid",
    });
  });
});

describe("logs and why of agents that failed or never started", () => {
  it("say so, and why, as far as their pipeline knows", async () => {
    write(
      "fails.toml",
      `[agents.shaky]\ncommand = "echo fine"\nverify = "exit 3"\n${agent("later", 'depends_on = ["shaky"]')}${agent("unwanted", "when = '1 == 2'")}`,
    );
    expect((await overmind("apply", "--wait", "fails.toml")).code).toBe(1);
    const failed = /Its agent shaky \(mission \w+\) failed \(exit code 3\): `exit 3` failed\./;
    const later = await overmind("logs", "later");
    expect([later.code, later.stderr]).toEqual([1, expect.stringMatching(failed)]);
    expect(later.stderr).toMatch(/The agent 'later' of the pipeline fails never started\..* See: overmind logs fails\n$/);
    expect((await overmind("logs", "unwanted")).stderr).toContain("never started: it was skipped");
    expect((await overmind("logs", "nobody")).stderr).toContain("No mission is called 'nobody'.");
    expect((await overmind("why", "fails")).stdout).toMatch(failed);
    expect((await overmind("why", "shaky")).stdout).toMatch(
      /^shaky ended with success .* The pipeline fails counts it as failed: `exit 3` failed \(exit code 3\)\.\n/,
    );
    write(
      "moved.toml",
      `${agent("plain")}[agents.homeless]\nargv = ["echo", "\${agents.plain.json.home}"]\ndepends_on = ["plain"]\n`,
    );
    expect((await overmind("apply", "--wait", "moved.toml")).code).toBe(1);
    expect((await overmind("logs", "homeless")).stderr).toMatch(/'homeless' .* never started: it could not start: /);
  });
});

describe("init and schema", () => {
  it("init writes a blueprint that holds, and never overwrites one", async () => {
    expect((await overmind("init", "first.toml")).code).toBe(0);
    expect((await overmind("validate", "first.toml")).code).toBe(0);
    const again = await overmind("init", "first.toml");
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("first.toml is there already")]);
  });

  it("what init writes runs as it is, and holds with everything that its comments propose", async () => {
    expect((await overmind("init", "second.toml")).code).toBe(0);
    expect((await overmind("apply", "--wait", "second.toml")).code).toBe(0);
    expect((await overmind("logs", "pack-3")).stdout).toBe("packing two\n");
    expect((await overmind("logs", "report")).stdout).toBe("exit codes of the tests: [0,0]\n");
    const text = readFileSync(join(repository, "second.toml"), "utf8");
    const whole = text.replaceAll(/^# (?=\[|\w+ = )/gm, "");
    write("whole.toml", whole);
    expect(await overmind("validate", "whole.toml")).toMatchObject({ code: 0, stdout: "whole.toml holds: 7 agents\n" });
  });

  it("the schema beside the examples is the one that is printed", async () => {
    const { stdout } = await overmind("schema", "blueprint");
    expect(JSON.parse(readFileSync(join(examples, "overmind.schema.json"), "utf8"))).toEqual(JSON.parse(stdout));
    expect((await overmind("schema", "bluprint")).code).toBe(2);
  });
});
