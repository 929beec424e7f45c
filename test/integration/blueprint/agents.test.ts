// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { callsIn } from "../agents/fake-home.ts";
import { AgentPipelineHome, toldIn } from "./agent-pipelines.ts";
import { linesIn } from "./pipeline-home.ts";

const home = new AgentPipelineHome();
afterAll(() => home.dispose());

describe("an agent of a blueprint", () => {
  it("is asked its prompt, and its final text is its result", async () => {
    const directory = home.withAgents(
      `[params.topic]
[agents.research]
provider = "claude"
prompt = "facts about \${params.topic}"
[agents.write]
provider = "claude"
prompt = "write: \${agents.research.result}"
depends_on = ["research"]
[agents.print]
command = "echo \\"\${agents.write.result}\\""
depends_on = ["write"]`,
      "team",
    );
    expect(await home.ok(directory, "apply", "--wait", "-p", "topic=bees")).toContain("(exit code 0)");
    expect(await home.logs("print")).toBe("1: write: 1: facts about bees\n");
    expect(await home.info("research")).toMatchObject({ provider: "claude", type: "task", status: "stopped" });
  });

  it("gets a megabyte of anything byte for byte, and hands it on so", async () => {
    const bytes = `"' \`$(touch ran)\` \${HOME} $HOME \\n\\\\ ; rm -rf x\n\n`.repeat(25_000);
    const directory = home.withAgents(
      `[agents.big]
command = "cat big"
[agents.read]
provider = "claude"
prompt = "say \${agents.big.result}"
depends_on = ["big"]
[agents.keep]
command = "cp \\"\${agents.read.result_file}\\" kept"
depends_on = ["read"]`,
      "big",
    );
    writeFileSync(join(directory, "big"), bytes);
    await home.ok(directory, "apply", "--wait");
    // A command's last newline is no part of its result.
    expect(readFileSync(join(directory, "kept"), "utf8") === bytes.slice(0, -1)).toBe(true);
  });

  it("is told all that the table says, paths relative to the file", async () => {
    const directory = home.withAgents(
      `[agents.a]
provider = "claude"
prompt = "hi"
model = "small"
permission_mode = "plan"
allow_tools = ["Read", "Bash(ls:*)"]
system_prompt = "Be \${run.id}."
mcp_config = "mcp.json"
max_turns = 3
provider_args = ["--verbose"]
account = "work"
max_tokens = 1000
on_budget = "stop"
on_ask = "deny"
approvals = [{ tool = "Bash", match = "ls*", answer = "allow" }]`,
      "told",
    );
    const id = await home.apply(directory, "--wait");
    const words = callsIn(join(directory, "state"))[0]?.words.join(" ");
    for (const said of [
      "--model small",
      "--permission-mode plan",
      "--allowedTools Read Bash(ls:*)",
      `Be ${id}.`,
      "--max-turns 3",
    ])
      expect(words).toContain(said);
    expect(words).toContain(`--mcp-config ${resolve(directory, "mcp.json")}`);
    const made = await home.info("a");
    expect(made).toMatchObject({ account: "work", model: "small" });
    expect(JSON.stringify(made.budget)).toContain("1000");
  });

  it("of any kind that speaks the Agent Client Protocol is named by its words", async () => {
    const directory = home.withAgents(
      `[agents.a]
provider = "acp"
argv = ["claude", "--acp"]
prompt = "over acp"
[agents.print]
command = "echo \\"\${agents.a.result}\\""
depends_on = ["a"]`,
      "acp",
    );
    await home.ok(directory, "apply", "--wait");
    expect(await home.logs("print")).toContain("over acp");
  });

  it("of another kind gets its prompt in the same way", async () => {
    const transcript = resolve(import.meta.dirname, "../../fixtures/transcripts/codex");
    const directory = home.withAgents(
      `[agents.c]
provider = "codex"
prompt = "ask codex"
env = { FAKE_TRANSCRIPT = "${transcript}/plain.ndjson" }
[agents.print]
command = "echo \\"\${agents.c.result}\\""
depends_on = ["c"]`,
      "codex",
    );
    await home.ok(directory, "apply", "--wait");
    expect(readFileSync(join(directory, "state", "prompt"), "utf8")).toBe("ask codex");
    expect((await home.logs("print")).trim()).not.toBe("");
  });

  it.each([
    [
      "what its provider cannot be told",
      'provider = "codex"\nprompt = "x"\nmcp_config = "m.json"',
      /agents\.a\.mcp_config is nothing that codex can be told/,
    ],
    ["a program that nobody named", 'provider = "acp"\nprompt = "x"', /agents\.a has no program: give it as `argv`/],
    ["a service", 'provider = "claude"\ntype = "service"\nprompt = "x"', /an agent that is kept up is a session/],
    ["words that a command cannot heed", 'command = "x"\nsystem_prompt = "y"', /agents\.a\.system_prompt is for an agent/],
    ["rounds without a session", 'command = "x"\nverify = "y"\nverify_rounds = 2', /agents\.a\.verify_rounds is for/],
    ["a cost that is not told", 'provider = "codex"\nprompt = "x"\nmax_cost_usd = 1', /agents\.a\.max_cost_usd: codex/],
  ])("is refused with %s, and nothing starts", async (_what, text, says) => {
    const { code, stderr } = await home.run(["apply"], { cwd: home.written(`[agents.a]\n${text}`) });
    expect([code, stderr]).toEqual([1, expect.stringMatching(says)]);
    expect(stderr).toContain("(blueprint_invalid)");
  });

  it("fails its pipeline when its turn fails, and is tried again as often as it says", async () => {
    const directory = home.withAgents('[agents.a]\nprovider = "claude"\nprompt = "die"\nretry = 1', "fails");
    expect((await home.run(["apply", "--wait"], { cwd: directory })).code).toBe(1);
    expect(toldIn(directory)).toEqual(["die", "die"]);
  });
});

describe("an agent that answers JSON", () => {
  const planned = (answer: string, schema = "") => `[agents.plan]
provider = "claude"
prompt = '''say ${answer}'''
expects = "json"
${schema}
[agents.each]
command = "echo \\"\${item.name} of \${agents.plan.json.about.what}\\" >> marks"
foreach = "\${agents.plan.json.tasks}"
depends_on = ["plan"]
max_parallel = 1`;
  const good = '{"about":{"what":"bees"},"tasks":[{"name":"hive"},{"name":"$(touch ran)"}]}';
  const schema = JSON.stringify({ properties: { tasks: { items: { properties: { name: { type: "string" } } } } } });

  it("hands on every part of it, also from a fence of Markdown", async () => {
    const fenced = `\`\`\`json\n${good}\n\`\`\``;
    for (const [name, answer] of Object.entries({ plain: good, fenced })) {
      const directory = home.withAgents(planned(answer, 'schema = "tasks.json"'), name);
      writeFileSync(join(directory, "tasks.json"), schema);
      await home.ok(directory, "apply", "--wait");
      expect(linesIn(directory)).toEqual(["hive of bees", "$(touch ran) of bees"]);
    }
  });

  it("fails with the reason where it is none, or does not fit", async () => {
    const cases = [
      ["none", "sorry, no", "its result is no JSON: "],
      ["misfit", '{"tasks":[{"name":7}]}', "its result does not fit its schema at /tasks/0/name: must be string"],
    ] as const;
    for (const [name, answer, why] of cases) {
      const directory = home.withAgents(planned(answer, 'schema = "tasks.json"'), name);
      writeFileSync(join(directory, "tasks.json"), schema);
      expect((await home.run(["apply", "--wait"], { cwd: directory })).code).toBe(1);
      const log = await home.logs(name);
      expect(log).toContain(`agent 'plan' failed: `);
      expect(log).toContain(why);
      expect(linesIn(directory)).toEqual([]);
    }
  });

  it("is checked by the schema as it was when the blueprint was applied, which has to be one", async () => {
    const directory = home.withAgents(planned("[]", 'schema = "tasks.json"'), "schemas");
    writeFileSync(join(directory, "tasks.json"), "{");
    expect((await home.run(["validate"], { cwd: directory })).stderr).toMatch(/overmind\.toml:\d+:\d+: .*tasks\.json is no JSON/);
    writeFileSync(join(directory, "tasks.json"), '{"type":"words"}');
    const { code, stderr } = await home.run(["apply"], { cwd: directory });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/overmind\.toml:\d+:\d+: `schema`: .*tasks\.json is no JSON Schema: .*\(blueprint_invalid\)/),
    ]);
  });
});
