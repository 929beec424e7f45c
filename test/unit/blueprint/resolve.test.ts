// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { Agent } from "../../../src/blueprint/blueprint.ts";
import { holds, readExpression } from "../../../src/blueprint/expression.ts";
import { parseBlueprint } from "../../../src/blueprint/read-blueprint.ts";
import { resolveItems, resolveWork, shownLine } from "../../../src/blueprint/resolve.ts";
import { lookUp, type Outcome, type Values } from "../../../src/blueprint/values.ts";

const nasty = `"quotes" 'single' $(rm -rf ~) \`id\` \\ \n second line; é; \${HOME}`;
const outcome = (result: string | null, exitCode = 0): Outcome => ({
  status: exitCode === 0 ? "completed" : "failed",
  exitCode,
  result,
  outputTail: "tail",
  resultFile: "/r/file",
});
const values = (agents: Readonly<Record<string, Outcome | readonly Outcome[]>>, more: Partial<Values> = {}): Values => ({
  params: { topic: "bees", n: 3, list: ["x", "y"] },
  env: { HOME: "/home/me" },
  blueprintDir: "/b",
  runId: "r1",
  agents: new Map(Object.entries(agents)),
  ...more,
});

function agent(lines: string, head = ""): Agent {
  const text = `[params.topic]\n[params.n]\n[params.list]\n${head}\n[agents.a]\ncommand = "true"\n[agents.b]\ndepends_on = ["a"]\n${lines}\n`;
  const found = parseBlueprint(text).agents.get("b");
  if (found === undefined) throw new Error("no agent b");
  return found;
}

describe("a reference in a command", () => {
  it("becomes a variable that the shell expands, and never text of the shell", () => {
    const work = resolveWork(agent(`command = 'printf %s "\${agents.a.result}"x'`), values({ a: outcome(nasty) }));
    expect(work.command).toBe('printf %s "${OVERMIND_REF_1}"x');
    const env = { PATH: process.env["PATH"], ...work.env };
    expect(execFileSync("sh", ["-c", work.command ?? ""], { env, encoding: "utf8" })).toBe(`${nasty}x`);
  });

  it("has one variable however often it stands there", () => {
    const work = resolveWork(agent('command = "echo ${params.topic} ${params.n} ${params.topic}"'), values({}));
    expect(work).toEqual({
      command: "echo ${OVERMIND_REF_1} ${OVERMIND_REF_2} ${OVERMIND_REF_1}",
      env: { OVERMIND_REF_1: "bees", OVERMIND_REF_2: "3" },
    });
  });
});

describe("how a command is shown", () => {
  const shown = (lines: string, more: Partial<Values>) => {
    const { work } = agent(lines);
    return work.is === "command" ? shownLine(work.line, values({ a: outcome("long and secret") }, more)) : null;
  };

  it.each([
    ["foreach = ['x']\ncommand = 'echo \"${item}\" ${index} $HOME'", { item: "two words", index: 2 }, 'echo "two words" 2 $HOME'],
    ["foreach = [{ at = 1 }]\ncommand = 'echo ${item.at} ${item}'", { item: { at: 1 }, index: 1 }, 'echo 1 {"at":1}'],
    ["replicas = 2\ncommand = 'echo ${index}'", { index: 2 }, "echo 2"],
    ["matrix = { os = ['x'] }\ncommand = 'echo ${matrix.os}'", { matrix: { os: "x" }, index: 1 }, "echo x"],
    ["type = 'service'\ncommand = 'serve ${port}'", { port: 4711 }, "serve 4711"],
  ])("has what tells one process from the others: %s", (lines, more, expected) => {
    expect(shown(lines, more)).toBe(expected);
  });

  it("keeps all else in its author's words: it may be secret, or long", () => {
    const line = "echo ${agents.a.result} ${params.topic} ${env.HOME} ${run.id}";
    expect(shown(`command = '${line}'`, {})).toBe(line);
  });

  it("cuts what is long, and never shows nothing", () => {
    const asked = "foreach = ['x']\ncommand = '${item}'";
    expect(shown(asked, { item: "x".repeat(1000), index: 1 })).toBe(`${"x".repeat(79)}…`);
    expect(shown(asked, { item: "", index: 1 })).toBe("${item}");
  });
});

describe("a reference elsewhere", () => {
  it("is put in whole in argv, env and prompt", () => {
    const made = values({ a: outcome(nasty) });
    expect(
      resolveWork(agent("argv = ['echo', '-${agents.a.result}-']\nenv = { E = '${env.HOME}/${run.id}${blueprint.dir}' }"), made),
    ).toEqual({
      argv: ["echo", `-${nasty}-`],
      env: { E: "/home/me/r1/b" },
    });
    expect(resolveWork(agent("provider = 'claude'\nprompt = 'Read: ${agents.a.result} $${x}'"), made).prompt).toBe(
      `Read: ${nasty} \${x}`,
    );
  });

  it("follows a path into JSON, and only into what the JSON itself holds", () => {
    const made = values({ a: outcome('{"tasks":[{"t":"one"}],"n":2}') });
    const words = (path: string) => resolveWork(agent(`argv = ['x', '\${agents.a.json${path}}']`), made).argv?.[1];
    expect(["", ".tasks", ".tasks.0.t", ".n", ".constructor", ".tasks.length", ".no.where"].map(words)).toEqual([
      '{"tasks":[{"t":"one"}],"n":2}',
      '[{"t":"one"}]',
      "one",
      "2",
      "",
      "1",
      "",
    ]);
  });

  it("to a result that is no JSON says whose result it is", () => {
    expect(() => resolveWork(agent("argv = ['x', '${agents.a.json.n}']"), values({ a: outcome("plain") }))).toThrow(
      "the result of agent 'a' is no JSON",
    );
  });

  it("gathers the outcomes of a fan-out as a list", () => {
    const made = values({ a: [outcome('{"n":1}'), outcome('{"n":2}')] });
    expect(resolveWork(agent("argv = ['${agents.a.json.1.n}', '${agents.a.exit_code}']"), made).argv).toEqual(["2", "[0,0]"]);
  });

  it("of a megabyte is refused for a variable, with the way out, and taken for a prompt", () => {
    const made = values({ a: outcome("x".repeat(1024 * 1024)) });
    expect(() => resolveWork(agent('command = "echo ${agents.a.result}"'), made)).toThrow(
      /`\$\{agents\.a\.result\}` has 1048576 bytes; the system allows 131071/,
    );
    expect(resolveWork(agent("provider = 'claude'\nprompt = '${agents.a.result}'"), made).prompt).toHaveLength(1024 * 1024);
  });
});

describe("foreach", () => {
  it("takes the list that a reference leads to, an empty one too", () => {
    const each = agent('foreach = "${agents.a.json.tasks}"\ncommand = "echo ${item} ${index}"');
    expect(resolveItems(each, values({ a: outcome('{"tasks":[1,{"x":2}]}') }), 10)).toEqual([1, { x: 2 }]);
    expect(resolveItems(each, values({ a: outcome('{"tasks":[]}') }), 10)).toEqual([]);
    const lines = agent('foreach = "${agents.a.lines}"\ncommand = "echo ${item}"');
    expect(resolveItems(lines, values({ a: outcome("a.ts\r\n\n b c.ts\n") }), 10)).toEqual(["a.ts", " b c.ts"]);
    expect(resolveItems(lines, values({ a: outcome("\n") }), 10)).toEqual([]);
    expect(() => resolveItems(each, values({ a: outcome('{"tasks":5}') }), 10)).toThrow("${agents.a.json.tasks} is no list");
    expect(() => resolveItems(each, values({ a: outcome('{"tasks":[1,2,3]}') }), 2)).toThrow(
      "has 3 items; at most 2 are allowed",
    );
    expect(resolveWork(each, values({}, { item: { x: 2 }, index: 2 })).env).toEqual({
      OVERMIND_REF_1: '{"x":2}',
      OVERMIND_REF_2: "2",
    });
  });
});

describe("when", () => {
  const made = values({ a: outcome('{"ok":true,"tags":["x"]}', 3) });
  it.each([
    ["agents.a.exit_code != 0", true],
    ["agents.a.exit_code == 3 && agents.a.status == 'failed'", true],
    ["agents.a.exit_code > 2 && agents.a.exit_code <= 3", true],
    ["agents.a.exit_code == '3'", false],
    ["!agents.a.json.ok", false],
    ["contains(agents.a.json.tags, 'x') || false", true],
    ["starts_with(params.topic, 'be') && ends_with(params.topic, 'es')", true],
    ["agents.a.json.missing == null", true],
    ["-1 < 0", true],
    ["params['topic'] == 'bees'", true],
    ["'agents.my-x.y' == 'agents.my-x.y'", true],
  ])("%s is %s", (text, expected) => {
    const expression = readExpression(text);
    if (typeof expression === "string") throw new Error(expression);
    expect(holds(expression, (reference) => lookUp(reference, made))).toBe(expected);
  });

  it.each([
    "a + 1",
    "x = 1",
    "f()",
    "this.x",
    "agents.a.json[params.topic]",
    "1, 2",
    "1 ? 2 : 3",
    "`x`",
    "agents",
    "",
    "((",
    "[1]",
    "agents.a.exit_code === 0",
  ])("refuses %j", (text) => {
    expect(readExpression(text)).toBeTypeOf("string");
  });

  it("refuses a nest of brackets without exhausting the stack", () => {
    expect(readExpression(`${"(".repeat(1000)}1${")".repeat(999)}`)).toBeTypeOf("string");
    expect(readExpression("!".repeat(5000))).toBeTypeOf("string");
  });
});
