// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { describe, expect, it } from "vitest";
import { type Applied, diffOf } from "../../../src/blueprint/diff.ts";
import { parseBlueprint } from "../../../src/blueprint/read-blueprint.ts";

const applied = (text: string, params: Applied["params"] = {}, agentEnv: Applied["agentEnv"] = {}): Applied => ({
  blueprint: parseBlueprint(text),
  params,
  agentEnv,
});
const keysOf = (before: Applied, after: Applied) =>
  Object.fromEntries(diffOf(before, after).agents.flatMap(({ keys }) => keys.map((one) => [one.key, [one.old, one.new]])));
const agent = (lines: string) => applied(`[agents.a]\ncommand = "serve"\n${lines}`);

describe("what differs between blueprints", () => {
  it("is nothing where only the order and the writing differ", () => {
    const first = applied('[agents.a]\ncommand = "x"\ntimeout = 60\n[agents.b]\ncommand = "y"\ndepends_on = ["a"]');
    const second = applied(
      '[agents.b]\ndepends_on = { a = "completed" }\ncommand = "y"\n[agents.a]\ntimeout = "1m"\ncommand = "x"',
    );
    expect(diffOf(first, second)).toEqual({ blueprint: [], agents: [] });
  });

  it("names agents that were added, removed and changed, and keys of the blueprint", () => {
    const first = applied('[blueprint]\nmax_parallel = 2\n[agents.a]\ncommand = "x"\n[agents.gone]\ncommand = "y"');
    const second = applied('[blueprint]\non_failure = "continue"\n[agents.a]\nargv = ["x"]\n[agents.new]\ncommand = "y"');
    expect(diffOf(first, second)).toEqual({
      blueprint: [
        { key: "max_parallel", old: 2, new: null },
        { key: "on_failure", old: "stop", new: "continue" },
      ],
      agents: [
        {
          agent: "a",
          change: "changed",
          keys: [
            { key: "command", old: "x", new: null },
            { key: "argv", old: null, new: ["x"] },
          ],
        },
        { agent: "gone", change: "removed", keys: [] },
        { agent: "new", change: "added", keys: [] },
      ],
    });
  });

  it.each([
    ["restart", 'restart = "always"', null, "always"],
    ["timeout", "timeout = 1.5", null, "1500ms"],
    ["success_codes", "success_codes = [0, 3]", null, [0, 3]],
    ["labels.tier", 'labels = { tier = "web" }', null, "web"],
    ["retry", "retry = 2", 0, 2],
    ["verify", 'verify = "check"', null, ["check"]],
    ["ready.log", 'ready = { log = "up" }', null, "up"],
    ["replicas", "replicas = 3", null, 3],
    ["matrix", 'matrix = { os = ["a", "b"] }', null, [{ os: "a" }, { os: "b" }]],
    ["foreach", "foreach = [1]", null, [1]],
    ["cwd", 'cwd = "sub"', "/", "/sub"],
    ["finally", "finally = true", false, true],
    ["expects", 'expects = "json"', "text", "json"],
  ])("tells a changed %s", (key, line, old, now) => {
    expect(keysOf(agent(""), agent(line))[key]).toEqual([old, now]);
  });

  it("tells a changed condition, also where only the value of a param in it changed", () => {
    const text = '[params.deploy]\ntype = "boolean"\n[agents.a]\ncommand = "x"\nwhen = "params.deploy == true && !(1 == 2)"';
    expect(keysOf(applied(text, { deploy: false }), applied(text, { deploy: true }))).toEqual({
      when: ["(params.deploy (false) == true) && !(1 == 2)", "(params.deploy (true) == true) && !(1 == 2)"],
    });
  });

  it("fills params in: another value is another command", () => {
    const text = '[params.topic]\n[agents.a]\ncommand = "about ${params.topic}"\n[agents.b]\ncommand = "x"';
    expect(diffOf(applied(text, { topic: "bees" }), applied(text, { topic: "ants" })).agents).toEqual([
      { agent: "a", change: "changed", keys: [{ key: "command", old: "about bees", new: "about ants" }] },
    ]);
  });

  it("tells that a value of the environment changed, and never which it is", () => {
    const first = applied('[agents.a]\ncommand = "x"\nenv = { TOKEN = "old-secret" }', {}, { a: { KEY: "1" } });
    const second = applied('[agents.a]\ncommand = "x"\nenv = { TOKEN = "new-secret" }', {}, { a: { KEY: "2" } });
    const made = diffOf(first, second);
    expect(JSON.stringify(made)).not.toContain("secret");
    expect(made.agents[0]?.keys).toEqual([
      { key: "env.TOKEN", old: null, new: null },
      { key: "env_file.KEY", old: null, new: null },
    ]);
  });
});
