import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDirectory, Home } from "../../support/home.ts";
import { processesWith } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

let home: Home;
let root: string;

beforeAll(() => {
  home = new Home();
  root = freshDirectory();
});
afterAll(async () => {
  await home.dispose();
  rmSync(root, { recursive: true, force: true });
});

/** Writes a blueprint into a directory of its own; answers that directory. */
function written(text: string, file = "overmind.toml"): string {
  const directory = mkdtempSync(join(root, "b"));
  writeFileSync(join(directory, file), text);
  return directory;
}

const apply = (text: string, ...flags: readonly string[]) => home.run(["apply", ...flags], { cwd: written(text) });

/** Starts a pipeline and answers its id. */
async function started(text: string, ...flags: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await apply(text, "--json", ...flags);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout).id;
}

async function ran(text: string, ...flags: readonly string[]) {
  const id = await started(text, ...flags);
  return { id, end: await home.wait(id), log: await home.logs(id) };
}

/** The missions of a pipeline, by name. */
async function agentsOf(id: string) {
  const { children } = await home.info(id);
  const missions = await Promise.all((children as string[]).map((child) => home.info(child)));
  return missions as { id: string; name: string; status: string; reason: string; started_at: string; ended_at: string }[];
}

/** An agent that writes when it begins and ends. */
const marking = (directory: string, name: string, after: readonly string[], work = "sleep 0.05") => `
[agents.${name}]
command = "echo begin ${name} >> ${directory}/marks; ${work}; echo end ${name} >> ${directory}/marks"
depends_on = ${JSON.stringify(after)}
`;
const marksIn = (directory: string) => readFileSync(join(directory, "marks"), "utf8").trim().split("\n");

describe("apply", () => {
  it("tells who waits that a pipeline goes on while its services are up, and how to end it", async () => {
    const waiting = apply('[agents.web]\ntype = "service"\ncommand = "sleep 1000"\n', "--wait", "--name", "stays");
    await until("the pipeline to be there", async () => (await home.run(["down", "stays"])).code === 0);
    const { stdout, stderr } = await waiting;
    expect(stdout).toMatch(/^Started pipeline \w+ \(stays\)\n/);
    expect(stderr).toContain("Note: stays goes on while its services are up (web); to end it: overmind down stays\n");
  });

  it("says nothing of it where no service is among them", async () => {
    const { code, stderr } = await apply('[agents.task]\ncommand = "true"\n', "--wait");
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("ends services with the last task where the blueprint says so, then what runs finally, and says nothing of it", async () => {
    const text = `[blueprint]\nkeep_services = false
[agents.web]\ntype = "service"\ncommand = "trap 'echo down >> marks; exit 0' TERM; echo up; while :; do sleep 0.05; done"\nready = { log = "up" }
[agents.task]\ncommand = "echo task >> marks; exit \${CODE}"\ndepends_on = ["web"]\nenv = { CODE = "\${params.code}" }
[agents.last]\ncommand = "echo last >> marks"\nfinally = true
[params.code]\ndefault = "0"\n`;
    for (const [given, code] of [
      ["0", 0],
      ["3", 1],
    ] as const) {
      const directory = written(text);
      const flags = ["--wait", "--name", `brief-${given}`, "-p", `code=${given}`];
      const ended = await home.run(["apply", ...flags], { cwd: directory });
      expect([ended.code, ended.stderr.includes("Note:")]).toEqual([code, false]);
      expect(marksIn(directory)).toEqual(["task", "down", "last"]);
    }
  });

  it("runs three stages in order, and answers before they have", async () => {
    const text = `
[agents.build]
command = "echo building"
[agents.test]
command = "echo testing"
depends_on = ["build"]
[agents.deploy]
command = "echo deploying"
depends_on = ["test"]
`;
    const { code, stdout } = await apply(text, "--name", "stages");
    expect(code).toBe(0);
    const [, id] = /^Started pipeline (\w+) \(stages\)\n$/.exec(stdout) ?? [];
    expect(await home.wait("stages")).toMatchObject({ id, status: "stopped", exit_code: 0 });
    const [build, test, deploy, ...more] = await agentsOf(id ?? "");
    expect([build?.name, test?.name, deploy?.name, more.length]).toEqual(["build", "test", "deploy", 0]);
    expect(test && build && test.started_at >= build.ended_at).toBe(true);
    expect(deploy && test && deploy.started_at >= test.ended_at).toBe(true);
    expect(await home.info("stages")).toMatchObject({ type: "blueprint", children: [build?.id, test?.id, deploy?.id] });
    expect(await home.logs("test")).toBe("testing\n");
  });

  it("ends crashed at the first failure, and what waited for it never runs", async () => {
    const text = `
[agents.breaks]
command = "exit 3"
[agents.beside]
command = "exec sleep 600"
[agents.never_runs]
command = "echo no"
depends_on = ["breaks"]
`;
    const { code, stdout } = await apply(text, "--wait", "--name", "failing");
    expect(code).toBe(1);
    expect(stdout).toMatch(/finished: crashed \(exit code 1\)\n$/);
    expect((await home.logs("failing")).split("\n")).toContain("pipeline failed at agent 'breaks'");
    const agents = await agentsOf((await home.info("failing")).id);
    expect(agents.map(({ name, status, reason }) => [name, status, reason]).sort()).toEqual([
      ["beside", "stopped", "group"],
      ["breaks", "crashed", "failed"],
    ]);
  });

  it("lets independent branches finish where a failure is not the end", async () => {
    const directory = written("");
    const text = `[blueprint]\non_failure = "continue"\n${marking(directory, "slow", [])}${marking(directory, "last", ["slow"])}
[agents.breaks]
command = "exit 3"
`;
    const { end, log } = await ran(text);
    expect(end).toMatchObject({ status: "crashed", exit_code: 1 });
    expect(log).toContain("pipeline failed at agent 'breaks'");
    expect(marksIn(directory)).toContain("end last");
  });

  it.each([
    ["a cycle", '[agents.a]\ncommand = "true"\ndepends_on = ["b"]\n[agents.b]\ncommand = "true"\ndepends_on = ["a"]', /cycle/],
    ["an unknown dependency", '[agents.a]\ncommand = "true"\ndepends_on = ["z"]', /overmind\.toml:3:\d+: .*z/],
    ["a missing command", "[agents.a]\nlabels = {}", /agents\.a has no command/],
    ["invalid TOML", "[agents.a\n", /overmind\.toml:1:\d+: /],
  ])("refuses %s and starts nothing", async (_what, text, message) => {
    const { code, stdout, stderr } = await apply(text);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).toContain("(blueprint_invalid)");
  });

  it("shows with --dry-run what would start, and starts nothing", async () => {
    const { code, stdout } = await apply('[agents.a]\ncommand = "true"', "--dry-run", "--name", "dry");
    expect([code, stdout.includes("Wave 1")]).toEqual([0, true]);
    await expect(home.info("dry")).rejects.toMatchObject({ code: "not_found" });
  });

  it("runs over the wire by path and params", async () => {
    const directory = written(`[params.topic]\n[agents.say]\ncommand = "echo about \${params.topic}"`);
    const answer = await home.ask("apply", { path: join(directory, "overmind.toml"), params: { topic: "bees" } });
    expect(Object.keys(answer)).toEqual(["id", "name"]);
    await home.wait(answer.id);
    expect(await home.logs("say")).toBe("about bees\n");
  });

  it("runs what waits for the same agent side by side", async () => {
    const directory = written("");
    // Each of the two in the middle ends only once the other has begun.
    const meet = (other: string) => `until grep -q 'begin ${other}' ${directory}/marks; do sleep 0.02; done`;
    const { end } = await ran(
      marking(directory, "top", []) +
        marking(directory, "left", ["top"], meet("right")) +
        marking(directory, "right", ["top"], meet("left")) +
        marking(directory, "bottom", ["left", "right"]),
    );
    expect(end).toMatchObject({ status: "stopped", exit_code: 0 });
    const marks = marksIn(directory);
    expect([marks.slice(0, 2), marks.slice(-2)]).toEqual([
      ["begin top", "end top"],
      ["begin bottom", "end bottom"],
    ]);
  });

  it("runs no more at once than max_parallel", async () => {
    const directory = written("");
    const names = ["a", "b", "c", "d"];
    await ran(`[blueprint]\nmax_parallel = 1\n${names.map((name) => marking(directory, name, [])).join("")}`);
    expect(marksIn(directory)).toEqual(names.flatMap((name) => [`begin ${name}`, `end ${name}`]));
  });

  it("hands results on as data, byte for byte", async () => {
    const nasty = `$(touch pwned) \`id\` "quoted" 'single' \\ ; rm -rf ~\n  * $HOME\nlast`;
    const directory = written("");
    writeFileSync(join(directory, "nasty"), `${nasty}\n`);
    const text = `
[agents.made]
command = "cat ${directory}/nasty"
[agents.shell]
command = "printf %s \\"\${agents.made.result}\\""
depends_on = ["made"]
[agents.words]
argv = ["printf", "%s", "\${agents.made.result}"]
depends_on = ["made"]
[agents.file]
command = "cat \\"\${agents.made.result_file}\\""
depends_on = ["made"]
`;
    const { id, end } = await ran(text);
    expect(end).toMatchObject({ exit_code: 0 });
    const agents = (await agentsOf(id)).filter(({ name }) => name !== "made");
    expect(agents).toHaveLength(3);
    for (const agent of agents) expect(await home.logs(agent.id)).toBe(nasty);
  });

  it("runs an agent for each item that another one made, and gathers what they said", async () => {
    const text = `
[agents.list]
command = "echo '[{\\"n\\": 1}, {\\"n\\": 2}, {\\"n\\": 3}]'"
expects = "json"
[agents.each]
command = "echo item \${item.n}"
foreach = "\${agents.list.json}"
depends_on = ["list"]
[agents.gather]
command = "echo \\"\${agents.each.result}\\""
depends_on = ["each"]
`;
    const { end } = await ran(text);
    expect(end).toMatchObject({ exit_code: 0 });
    expect(await home.logs("each-2")).toBe("item 2\n");
    expect(await home.logs("gather")).toBe('["item 1","item 2","item 3"]\n');
  });

  it("tries again, verifies, skips by condition, and runs finally", async () => {
    const directory = written("");
    const text = `
[agents.flaky]
command = "echo x >> ${directory}/tries; test $(wc -l < ${directory}/tries) = 2"
retry = 1
verify = ["test -e ${directory}/tries", "echo verified >> ${directory}/marks"]
[agents.no]
command = "echo no >> ${directory}/marks"
depends_on = ["flaky"]
when = "agents.flaky.exit_code != 0"
[agents.clean]
command = "echo clean >> ${directory}/marks"
finally = true
`;
    const { end, log } = await ran(text);
    expect(end).toMatchObject({ exit_code: 0 });
    expect(marksIn(directory)).toEqual(["verified", "clean"]);
    expect(log).toContain("agent 'no' skipped");
  });

  it("counts an agent whose check fails as failed", async () => {
    const { end, log } = await ran('[agents.a]\ncommand = "true"\nverify = "exit 9"');
    expect(end).toMatchObject({ status: "crashed", exit_code: 1 });
    expect(log).toContain("pipeline failed at agent 'a'");
  });

  it("starts a client once its service is ready, and goes on until it is taken down", async () => {
    const text = `
[agents.server]
type = "service"
command = "sleep 0.1; echo listening on 1; exec sleep 600"
ready = { log = "listening on", command = "true", timeout = 20 }
[agents.client]
command = "echo talked"
depends_on = ["server"]
`;
    const id = await started(text, "--name", "stack");
    await until("the client to end", async () => (await home.info("client")).status === "stopped");
    expect(await home.info("stack")).toMatchObject({ status: "running", type: "blueprint" });
    expect(await home.info("server")).toMatchObject({ status: "running", type: "service" });
    expect(await home.run(["down", "stack"])).toMatchObject({ code: 0 });
    expect(await home.info(id)).toMatchObject({ status: "stopped", exit_code: 0 });
    expect((await agentsOf(id)).every(({ status }) => status === "stopped")).toBe(true);
  });

  it("takes a service that is not ready in time for failed", async () => {
    const text = '[agents.server]\ntype = "service"\ncommand = "exec sleep 600"\nready = { log = "never", timeout = 1 }';
    const { end, log } = await ran(text);
    expect(end).toMatchObject({ status: "crashed", exit_code: 1 });
    expect(log).toContain("was not ready within 1 s");
  });

  it("puts the pipeline's name before an agent's while another live mission bears it", async () => {
    await home.start("--name", "taken", "exec sleep 600");
    const { id } = await ran('[agents.taken]\ncommand = "true"', "--name", "twin");
    expect((await agentsOf(id)).map(({ name }) => name)).toEqual(["twin.taken"]);
  });

  it.each(["stop", "kill"])("leaves nothing after a %s", async (verb) => {
    const word = `left-${verb}-${process.pid}`;
    const agent = (name: string) => `[agents.${name}]\ncommand = "WORD=${word} exec sleep 600"\n`;
    const id = await started(`${agent("a")}${agent("b")}[agents.later]\ncommand = "true"\ndepends_on = ["a"]`);
    await until("both agents", async () => (await agentsOf(id)).filter(({ status }) => status === "running").length === 2);
    expect(await home.run([verb, id])).toMatchObject({ code: 0 });
    expect(await home.info(id)).toMatchObject({ status: verb === "stop" ? "stopped" : "killed" });
    expect((await agentsOf(id)).map(({ status }) => status)).toEqual(
      verb === "stop" ? ["stopped", "stopped"] : ["killed", "killed"],
    );
    expect(processesWith(word)).toEqual([]);
  });

  it("runs what is to run finally also when it is stopped, and again when it is restarted", async () => {
    const directory = written("");
    const text = `${marking(directory, "long", [], "exec sleep 600")}
[agents.clean]
command = "echo clean >> ${directory}/marks"
finally = true
`;
    const id = await started(text);
    for (const round of [1, 2]) {
      await until("the agent to begin", () => marksIn(directory).filter((mark) => mark === "begin long").length === round);
      expect(await home.run([round === 1 ? "restart" : "stop", id])).toMatchObject({ code: 0 });
    }
    expect(await home.info(id)).toMatchObject({ status: "stopped", attempt: 2 });
    expect(marksIn(directory)).toEqual(["begin long", "clean", "begin long", "clean"]);
  });

  it("runs each of thirty agents once though the daemon is killed three times, and forgets its file", async () => {
    const directory = written("");
    const names = Array.from({ length: 30 }, (_, at) => `n${at}`);
    const neededBy = (at: number) => [at - 3, at - 7].filter((one) => one >= 0).map((one) => `n${one}`);
    const text = names.map((name, at) => marking(directory, name, neededBy(at), "sleep 0.2")).join("");
    const file = written(text);
    const { code, stdout } = await home.run(["apply", "--json"], { cwd: file });
    expect(code).toBe(0);
    writeFileSync(join(file, "overmind.toml"), "no longer a blueprint");
    const { id } = JSON.parse(stdout);
    for (const share of [4, 12, 24]) {
      await until(`${share} marks`, () => marksIn(directory).length >= share);
      await home.killDaemon();
      await home.run(["start"]);
    }
    expect(await home.wait(id)).toMatchObject({ status: "stopped", exit_code: 0 });
    const marks = marksIn(directory);
    expect(marks.toSorted()).toEqual(names.flatMap((name) => [`begin ${name}`, `end ${name}`]).toSorted());
    for (const [at, name] of names.entries())
      for (const on of neededBy(at)) expect(marks.indexOf(`end ${on}`)).toBeLessThan(marks.indexOf(`begin ${name}`));
  }, 60_000);
});
