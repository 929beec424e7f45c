// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { describe, expect, it } from "vitest";
import type { BlueprintFiles } from "../../../src/blueprint/files.ts";
import { problemsOf } from "../../../src/blueprint/problems.ts";
import { readBlueprint } from "../../../src/blueprint/read-blueprint.ts";
import { mistakes } from "./blueprints.ts";

// Every key on which what another one means depends.
const whole = `[blueprint]
description = "a team"
max_parallel = 2
[defaults]
timeout = "5m"
labels = { team = "docs" }
[params.goal]
type = "string"
default = "x"
[params.files]
type = "list"
default = ["a", "b"]
[agents.plan]
provider = "claude"
prompt = "plan \${params.goal}"
expects = "json"
retry = 2
[agents.web]
type = "service"
argv = ["serve", "\${port}"]
ready = { http = "http://127.0.0.1:\${port}/" }
[agents.store]
type = "service"
replicas = 2
strategy = "one_for_all"
argv = ["store", "\${index}"]
[agents.work]
depends_on = { plan = "completed", web = "ready" }
foreach = "\${agents.plan.json.tasks}"
max_parallel = 2
command = 'do "\${item}" "\${index}" "\${agents.web.port}"'
when = "agents.plan.exit_code == 0"
[agents.cell]
matrix = { os = ["a", "b"] }
command = 'try "\${matrix.os}" "\${params.files}"'
[agents.fix]
provider = "claude"
type = "session"
prompt = "mend \${agents.work.result} \${agents.cell.exit_code}"
permission_mode = "acceptEdits"
depends_on = { work = "finished", cell = "finished" }
verify = ["npm test"]
verify_rounds = 2
[agents.helper]
provider = "claude"
type = "session"
prompt = "help"
[agents.asks]
depends_on = { helper = "completed" }
argv = ["ask", "\${agents.helper.result}"]
[agents.clean]
finally = true
command = 'clean "\${agents.fix.status}"'
`;
const lines = whole.split("\n");
const at = (start: string) => lines.findIndex((line) => line.startsWith(start));
const withLines = (changed: Readonly<Record<number, string>>) => lines.map((line, n) => changed[n] ?? line).join("\n");

describe("one mistake is told once, without what follows from it", () => {
  it("and the blueprint that is hurt here holds without it", () => {
    expect(mistakes(whole)).toEqual([]);
  });

  const keys = lines.flatMap((line, n) => (/^\w+ = /.test(line) ? [[n, line] as const] : []));

  it.each(keys)("when the key of line %i is misspelt: %s", (n, line) => {
    for (const wrong of [line.replace(/^(\w+)\w/, "$1"), `zzzzzz${line}`])
      expect(mistakes(withLines({ [n]: wrong })).map((text) => text.split(":")[0])).toEqual([String(n + 1)]);
  });

  it.each(keys)("when the value of line %i is a date: %s", (n, line) => {
    // A default takes any value of its param's type, and a list of texts is no date either.
    expect(mistakes(withLines({ [n]: line.replace(/ = .*/, " = 2026-01-31") })).map((text) => text.split(":")[0])).toEqual([
      String(n + 1),
    ]);
  });

  const headers = lines.flatMap((line, n) => (line.startsWith("[") ? [[n, line] as const] : []));

  it.each(headers)("when the table of line %i is misspelt: %s", (n, line) => {
    const changed = line.replace(/^\[(\w+)\w/, "[$1");
    const found = mistakes(withLines({ [n]: changed }));
    expect(found).toEqual([expect.stringContaining(`${n + 1}:2: unknown key`)]);
  });
});

describe("mistakes that have nothing to do with each other are told together", () => {
  it("in the order of their lines: keys, values, dependencies and references", () => {
    const text = withLines({
      [at("max_parallel")]: 'max_parallel = "two"',
      [at('default = ["a"')]: "default = 5",
      [at("retry")]: "retri = 2",
      [at("when")]: 'when = "agents.plna.exit_code == 0"',
      [at("command = 'try")]: 'command = \'try "${matrix.so}" "${params.fils}"\'',
      [at("depends_on = { helper")]: 'depends_on = ["helpr"]',
    });
    const says = [
      "max_parallel takes",
      "params.files.default",
      "`retri`",
      "`plna`",
      "matrix has no `so`",
      "param `fils`",
      "`helpr`",
    ];
    expect(mistakes(text)).toEqual(says.map((part) => expect.stringContaining(part)));
  });

  it("with every place where a reference stands", () => {
    const text = "[agents.a]\ncommand = '''\necho \"${params.x}\"\necho \"${params.x} ${params.x}\"'''\n";
    expect(mistakes(text).map((line) => line.split(": ")[0])).toEqual(["3:7", "4:7", "4:19"]);
  });

  it("also beside a cycle, but for what the order would have to say", () => {
    const found = mistakes(
      '[agents.a]\ncommand = "x ${agents.c.result} ${params.none}"\ndepends_on = ["b"]\n[agents.b]\ncommand = "x"\ndepends_on = ["a"]\n[agents.c]\ncommand = "x"\n',
    );
    expect(found).toEqual([expect.stringContaining("param `none`"), expect.stringContaining("dependency cycle")]);
  });
});

describe("mistakes of several files", () => {
  const of = (texts: Readonly<Record<string, string>>) => {
    const disk: BlueprintFiles = {
      read: (path) => texts[path] ?? "",
      realPath: (path) => (path in texts ? path : null),
      rootOf: () => "/",
    };
    try {
      readBlueprint("/a.toml", "a.toml", disk);
      return [];
    } catch (error) {
      return problemsOf(error).map(({ file, line, message }) => `${file}:${line}: ${message}`);
    }
  };
  const first = 'include = ["b.toml"]\n[agents.a]\ncommand = "x"\nretri = 1\ndepends_on = ["b"]\n';

  it("are told together", () => {
    expect(of({ "/a.toml": first, "/b.toml": '[agents.b]\ncomand = "x"\ndepends_on = ["c"]\n' })).toEqual([
      expect.stringContaining("a.toml:4: unknown key `retri`"),
      expect.stringContaining("b.toml:2: unknown key `comand`"),
      expect.stringContaining("b.toml:3: agents.b depends on `c`"),
    ]);
  });

  it("leave open what stands in one that cannot be read", () => {
    expect(of({ "/a.toml": first, "/b.toml": "[agents.b\n" })).toEqual([
      expect.stringContaining("a.toml:4: unknown key `retri`"),
      expect.stringContaining("b.toml:1: invalid TOML"),
    ]);
    expect(of({ "/a.toml": first })).toEqual([
      expect.stringContaining("a.toml:1: `include`: there is no file"),
      expect.stringContaining("a.toml:4: unknown key `retri`"),
    ]);
  });
});
