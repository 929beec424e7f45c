// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import type { BlueprintFiles } from "../../../src/blueprint/files.ts";
import { parseBlueprint, readBlueprint } from "../../../src/blueprint/read-blueprint.ts";
import { mistakes, team } from "./blueprints.ts";

const run = 'command = "true"';

describe("a blueprint that holds", () => {
  it("is the smallest one, whose agents run in the blueprint's directory", () => {
    const { name, agents, onFailure, maxParallel } = parseBlueprint(
      `[agents.build]\ncommand = "npm run build"\n\n[agents.test]\ncommand = "npm test"\ndepends_on = ["build"]\n`,
      "/home/me/shop/overmind.toml",
    );
    expect([name, onFailure, maxParallel, [...agents.keys()]]).toEqual(["shop", "stop", null, ["build", "test"]]);
    expect(agents.get("test")).toMatchObject({
      work: { is: "command", line: { text: "npm test" } },
      cwd: "/home/me/shop",
      dependsOn: [{ agent: "build", condition: "completed" }],
      type: "task",
      provider: "raw",
    });
  });

  it("gives every agent the defaults it does not override, and adds up env and labels", () => {
    const { agents } = parseBlueprint(
      `[defaults]\ntimeout = "5m"\nenv = { A = "1", B = "1" }\n[agents.a]\n${run}\nenv = { B = "2" }\n[agents.b]\n${run}\ntimeout = 1.5\n`,
    );
    expect([agents.get("a")?.policy.timeoutMs, agents.get("b")?.policy.timeoutMs]).toEqual([300_000, 1500]);
    expect([...(agents.get("a")?.env ?? [])].map(([key, { text }]) => [key, text])).toEqual([
      ["A", "1"],
      ["B", "2"],
    ]);
  });

  it("waits for a service until it is ready, or started when it has no readiness", () => {
    const { agents } = team({
      db: 'type = "service"\nready = { log = "up" }',
      web: 'type = "service"',
      app: 'depends_on = ["db", "web"]',
    });
    expect(agents.get("app")?.dependsOn.map(({ condition }) => condition)).toEqual(["ready", "started"]);
    expect(agents.get("db")?.policy.restart).toBe("always");
  });

  it("reads each unit as the wire does: backoff in milliseconds, the rest in seconds", () => {
    const { agents } = team({ a: 'backoff = 200\nactivity_timeout = 2\ngrace = "1m"\nrestart = "on-failure"' });
    expect(agents.get("a")?.policy).toMatchObject({
      backoffMs: 200,
      activityTimeoutMs: 2000,
      graceMs: 60_000,
      restart: "on_failure",
    });
  });

  it("holds rules for what an agent asks, of its own or of the defaults", () => {
    const rule =
      'approvals = [{ tool = "Bash", match = "npm *", answer = "allow" }, { tool = "*", answer = "deny", message = "no" }]';
    const { agents } = parseBlueprint(
      `[defaults]\non_ask = "deny"\n${rule}\n[agents.a]\n${run}\n[agents.b]\n${run}\napprovals = []\non_ask = "ask"\n`,
    );
    const any = { mission: null, labels: [], provider: null };
    expect(agents.get("a")?.policy).toMatchObject({
      onAsk: "deny",
      approvals: [
        { tool: "Bash", match: "npm *", answer: "allow", message: null, ...any },
        { tool: "*", match: null, answer: "deny", message: "no", ...any },
      ],
    });
    expect(agents.get("b")?.policy).toMatchObject({ onAsk: "ask", approvals: [] });
  });

  it.each([
    ['[{ answer = "deny" }]', "agents.a.approvals[0] lacks `tool`"],
    ['[{ tool = "x", answer = "deny" }, { tool = "x" }]', "agents.a.approvals[1] lacks `answer`"],
    ['[{ tool = "x", answer = "yes" }]', "allow, deny or ask"],
    ['[{ tool = "x", answer = "deny", matches = "x" }]', "match"],
    ['"Bash"', "approvals"],
  ])("does not hold with approvals = %s", (approvals, says) => {
    expect(mistakes(`[agents.a]\n${run}\napprovals = ${approvals}\n`).join("\n")).toContain(says);
  });

  it("takes a provider's command for its prompt", () => {
    const { agents } = parseBlueprint('[agents.a]\nprovider = "claude"\ncommand = "write ${env.TOPIC}"\n');
    expect(agents.get("a")?.work).toMatchObject({ is: "prompt" });
  });
});

describe("a mistake has one exact message with its place", () => {
  it.each<[string, string, string[]]>([
    [
      "a misspelt key",
      `[agents.build]\n${run}\n[agents.test]\n${run}\ndepend_on = ["build"]\n`,
      ["5:1: unknown key `depend_on` in agents.test: did you mean `depends_on`?"],
    ],
    ["a misspelt table", `[agent.build]\n${run}\n`, ["1:2: unknown key `agent`: did you mean `agents`?"]],
    [
      "a cycle",
      `[agents.a]\n${run}\ndepends_on = ["c"]\n[agents.b]\n${run}\ndepends_on = ["a"]\n[agents.c]\n${run}\ndepends_on = ["b"]\n`,
      ["3:16: dependency cycle: a -> c -> b -> a"],
    ],
    ["an agent that waits for itself", `[agents.a]\n${run}\ndepends_on = ["a"]\n`, ["3:16: dependency cycle: a -> a"]],
    [
      "an unknown dependency",
      `[agents.build]\n${run}\n[agents.test]\n${run}\ndepends_on = ["biuld"]\n`,
      ["5:16: agents.test depends on `biuld`, which does not exist: did you mean `build`?"],
    ],
    ["a missing command", "[agents.a]\n", ["1:2: agents.a has no command: give `command`, `argv`, or `prompt` with a provider"]],
    ["two commands", `[agents.a]\n${run}\nargv = ["true"]\n`, ["3:1: agents.a has `command` and `argv`: give one of them"]],
    ["a duplicate name", `[agents.a]\n${run}\n\n[agents.a]\n${run}\n`, ["4:2: agents.a is defined twice, first in line 1"]],
    ["a duplicate key", `[agents.a]\n${run}\n${run}\n`, ["3:1: agents.a.command is defined twice, first in line 2"]],
    ["no agents", '[blueprint]\nname = "x"\n', ["1:1: the blueprint has no agents: write [agents.NAME] with a `command`"]],
    [
      "a wrong choice",
      `[agents.a]\n${run}\nrestart = "alway"\n`,
      ['3:1: agents.a.restart takes never, on-failure, always or on_failure, not "alway": did you mean `always`?'],
    ],
    ["a wrong type", `[agents.a]\n${run}\nretry = "x"\n`, ['3:1: agents.a.retry takes a whole number from 0 to 100, not "x"']],
    [
      "an unknown condition",
      `[agents.a]\n${run}\n[agents.b]\n${run}\ndepends_on = { a = "complete" }\n`,
      ['5:16: agents.b.depends_on.a takes started, ready, completed or finished, not "complete": did you mean `completed`?'],
    ],
    [
      "a prompt for nobody",
      '[agents.a]\nprompt = "hi"\n',
      ['2:1: agents.a has a `prompt` but no provider to answer it: set `provider`, such as "claude"'],
    ],
    [
      "a wait for readiness that is never told",
      `[agents.a]\n${run}\n[agents.b]\n${run}\ndepends_on = { a = "ready" }\n`,
      ["5:16: agents.b waits until `a` is ready, but agents.a has no `ready`"],
    ],
    [
      "a wait for the end of a service",
      `[agents.a]\n${run}\ntype = "service"\n[agents.b]\n${run}\ndepends_on = { a = "completed" }\n`,
      ['6:16: agents.b waits until `a` is completed, but a service is kept up: use "ready" or "started"'],
    ],
    [
      "a param that is required and has a default",
      `[params.x]\nrequired = true\ndefault = "y"\n[agents.a]\n${run}\n`,
      ["2:1: params.x is `required` and has a `default`, so that it never has to be given: keep one of them"],
    ],
    [
      "a name that is none",
      `[agents."a.b"]\n${run}\n`,
      ['1:2: agents."a.b": a name takes a letter or digit, then at most 62 letters, digits, _ and -'],
    ],
  ])("%s", (_what, text, expected) => {
    expect(mistakes(text)).toEqual(expected);
  });

  it("tells line and column of invalid TOML in one line", () => {
    const [message, ...others] = mistakes("[agents.a]\ncommand = \n");
    expect([message, others]).toEqual([expect.stringMatching(/^2:\d+: invalid TOML: /), []]);
  });

  it("tells all of them, not only the first", () => {
    expect(mistakes(`[agents.a]\n${run}\nretri = 1\n[agents.b]\n${run}\nmodle = "x"\n`)).toHaveLength(2);
  });
});

describe("a reference", () => {
  const using = (text: string, more = "") =>
    mistakes(`[params.topic]\n[agents.other]\n${run}\n[agents.a]\n${more}\ncommand = '''${text}'''\n`);

  it.each([
    [
      "an unknown agent",
      "echo ${agents.othr.result}",
      "agents.a uses `${agents.othr.result}`, but there is no agent `othr`: did you mean `other`?",
    ],
    [
      "an agent it does not wait for",
      "echo ${agents.other.result}",
      "agents.a uses `${agents.other.result}`, but does not depend on `other`: add it to `depends_on`",
    ],
    [
      "an unknown param",
      "echo ${params.topc}",
      "agents.a uses `${params.topc}`, but there is no param `topc`: did you mean `topic`?",
    ],
    [
      "itself",
      "echo ${agents.a.result}",
      "agents.a uses `${agents.a.result}`, but it has no result of its own before it has run",
    ],
    [
      "an item without a list",
      "echo ${item}",
      "agents.a uses `${item}`, but it has no `foreach`; a variable of the shell: `$item`",
    ],
    ["a part of an item", "echo ${item.name}", "agents.a uses `${item.name}`, but it has no `foreach`"],
    [
      "an index without a fan-out",
      "echo ${index}",
      "agents.a uses `${index}`, but it has no `replicas`, `matrix` or `foreach`; a variable of the shell: `$index`",
    ],
    [
      "a port of a task",
      "echo ${port}",
      "agents.a uses `${port}`, but it is no service and has no `ready`, so that it gets no port; a variable of the shell: `$port`",
    ],
    ["an axis without a matrix", "echo ${matrix.os}", "agents.a uses `${matrix.os}`, but it has no `matrix`"],
    [
      "an unknown field",
      "echo ${agents.other.reslt}",
      "agents.a.command: unknown field `reslt` in `${agents.other.reslt}`: did you mean `result`?",
    ],
    ["an unknown root", "echo ${parms.topic}", "agents.a.command: unknown reference `${parms.topic}`: did you mean `params`?"],
  ])("to %s is refused where it stands", (_what, text, expected) => {
    expect(using(text)).toEqual([`6:19: ${expected}`]);
  });

  it("to a port is refused in the words of a plain task, too", () => {
    expect(mistakes('[agents.a]\nargv = ["serve", "${port}"]\n')).toEqual([
      "2:19: agents.a uses `${port}`, but it is no service and has no `ready`, so that it gets no port",
    ]);
    expect(mistakes('[agents.a]\ntype = "service"\nargv = ["serve", "${port}"]\n')).toEqual([]);
  });

  it("is no reference where the shell has a variable of that name", () => {
    for (const line of [
      "for item in a b; do echo ${item}; done",
      "port=80; echo ${port}",
      "while read -r index; do echo ${index}; done",
      ". ./ports.sh; echo ${port}",
      "echo $item",
      "echo \\${item} '${port}'",
    ])
      expect(using(line)).toEqual([]);
    expect(using("echo ${port}", 'env = { port = "80" }')).toEqual([]);
    expect(using("echo ${port}", "ready = { log = 'up' }")).toEqual([]);
  });

  it("to an agent that need not have ended is refused", () => {
    expect(using("echo ${agents.other.result}", 'depends_on = { other = "started" }')).toEqual([
      '6:19: agents.a uses `${agents.other.result}`, but `other` need not have ended by then: depend on it with "completed" or "finished"',
    ]);
  });

  it("to what is no list is refused for a `foreach`", () => {
    const each = (list: string, more = "") =>
      mistakes(
        `[params.text]\n[params.all]\ntype = "list"\n[agents.a]\n${run}\n${more}\n[agents.b]\n${run}\ndepends_on = ["a"]\nforeach = "${list}"\n`,
      );
    expect(each("${agents.a.result}")).toEqual([
      "10:12: agents.b uses `${agents.a.result}`, but `.result` is no list: `.lines` is one of the lines of its result, `.json` what the result is as JSON",
    ]);
    expect(each("${params.text}")).toEqual([expect.stringContaining('the param is no list: give it `type = "list"`')]);
    for (const list of ["${params.all}", "${agents.a.lines}", "${agents.a.json}"]) expect(each(list)).toEqual([]);
    expect(each("${agents.a.result}", "replicas = 2")).toEqual([]);
  });

  it("may lead to an agent further up, and what the shell knows is left to the shell", () => {
    expect(using('echo ${agents.other.result} ${HOME} ${x:-y.z} ${f%.txt} "$$"', 'depends_on = ["other"]')).toEqual([]);
    expect(
      mistakes(
        `[agents.a]\n${run}\n[agents.b]\n${run}\ndepends_on = ["a"]\n[agents.c]\ndepends_on = ["b"]\ncommand = "echo \${agents.a.json.x.0}"\n`,
      ),
    ).toEqual([]);
  });

  it("is all that a prompt may say with ${…}, and $${ stands for the characters", () => {
    const prompt = (text: string) => mistakes(`[agents.a]\nprovider = "claude"\nprompt = '${text}'\n`);
    expect(prompt("say ${HOME}")).toEqual([
      "3:15: agents.a.prompt: `${HOME}` is no reference: write `${env.HOME}` for a variable, `$${HOME}` for these characters",
    ]);
    expect(prompt("say $${HOME} and ${env.HOME}")).toEqual([]);
  });

  it("in `when` is checked too, also of names with a dash", () => {
    const when = (text: string) =>
      mistakes(`[agents.my-test]\n${run}\n[agents.fix]\n${run}\ndepends_on = { my-test = "finished" }\nwhen = '${text}'\n`);
    expect(when('agents.my-test.exit_code != 0 && !contains(agents.my-test.output_tail, "flaky")')).toEqual([]);
    expect(when("agents.my-tset.exit_code != 0")).toEqual([
      expect.stringContaining("there is no agent `my-tset`: did you mean `my-test`?"),
    ]);
    expect(when("process.exit(1)")).toEqual([expect.stringContaining("nothing can be called but contains")]);
    expect(when("constructor.constructor == 1")).toEqual([expect.stringContaining("unknown reference")]);
  });
});

describe("a hostile blueprint", () => {
  const deep = (depth: number) => `[agents.a]\n${run}\nforeach = ${"[".repeat(depth)}${"]".repeat(depth)}\n`;

  it.each([
    [
      "a million replicas",
      `[agents.a]\n${run}\nreplicas = 1000000\n`,
      "agents.a.replicas takes a whole number from 1 to 1000, not 1000000",
    ],
    ["deep nesting", deep(5000), "lists and tables stand deeper than 16 in each other"],
    [
      "a huge matrix",
      `[agents.a]\n${run}\nmatrix = { a = [${"1,".repeat(100)}], b = [${"1,".repeat(100)}] }\n`,
      "agents.a.matrix has 10000 combinations; at most 1000 are allowed",
    ],
    [
      "too many processes",
      Array.from({ length: 11 }, (_, n) => `[agents.a${n}]\n${run}\nreplicas = 1000\n`).join(""),
      "the blueprint makes 11000 processes; at most 10000 are allowed",
    ],
    ["a file above 1 MiB", `${run}\n#${"x".repeat(1024 * 1024)}`, "a blueprint has at most 1048576"],
    ["a name that every object has", `[agents.__proto__]\n${run}\n`, "a name takes a letter or digit"],
  ])("is refused with the reason: %s", (_what, text, reason) => {
    expect(mistakes(text)).toEqual([expect.stringContaining(reason)]);
  });

  it.each([
    [
      "of files that include each other a hundred deep",
      (at: number) => [`${at + 1}.toml`],
      "includes stand deeper than 8 in each other",
    ],
    [
      "of a thousand files",
      (at: number) => (at === 0 ? Array.from({ length: 1000 }, (_, n) => `${n + 1}.toml`) : []),
      "the blueprint has more than 64 files",
    ],
  ])("is one %s", (_what, includes, reason) => {
    let reads = 0;
    const files: BlueprintFiles = {
      read: (path) => {
        reads += 1;
        const at = Number(basename(path, ".toml"));
        return `include = ${JSON.stringify(includes(at))}\n[agents.a${at}]\n${run}\n`;
      },
      realPath: (path) => path,
      rootOf: () => "/",
    };
    expect(() => readBlueprint("/0.toml", "0.toml", files)).toThrow(reason);
    expect(reads).toBeLessThanOrEqual(64);
  });

  it("is a dotted key of a hundred thousand parts", () => {
    expect(mistakes(`agents${".a".repeat(100_000)} = 1\n`).length).toBeGreaterThan(0);
  });

  it("may call an agent `constructor` without harm", () => {
    const { agents } = team({ constructor: "", b: 'depends_on = ["constructor"]' });
    expect([...agents.keys()]).toEqual(["constructor", "b"]);
    expect(mistakes(`[agents.b]\n${run}\ndepends_on = ["toString"]\n`)).toEqual([expect.stringContaining("does not exist")]);
  });
});
