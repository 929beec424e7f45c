import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startArmed } from "../../support/fault-daemon.ts";
import { isAlive } from "../../support/processes.ts";
import { until } from "../../support/until.ts";
import { linesIn, PipelineHome } from "./pipeline-home.ts";

const home = new PipelineHome();
afterAll(() => home.dispose());

const service = (name: string, command: string, more = "") =>
  `[agents.${name}]\ntype = "service"\ncommand = "${command}; exec sleep 600"\n${more}\n`;

/** The pids of the live agents of a pipeline, by name, once all of these run. */
const pidsOf = (id: string, ...names: readonly string[]) =>
  until(`${names.join(", ")} to run`, async () => {
    const live = (await home.agents(id)).filter(({ status, os_pid }) => status === "running" && os_pid !== null);
    const pids = Object.fromEntries(live.map(({ name, os_pid }) => [name, os_pid as number]));
    return Object.keys(pids).toSorted().join() === names.toSorted().join() ? pids : null;
  });

/** Once this many lines are there: that an agent runs says only that its shell began, not what it has written. */
const marked = (directory: string, count: number) => until(`${count} marks`, () => linesIn(directory).length === count);

/** Applies the file of a directory again; answers what was changed. */
const change = async (directory: string) => JSON.parse(await home.ok(directory, "apply", "--json"));

describe("apply on a pipeline of services that runs", () => {
  it("changes only what differs and says why", async () => {
    const directory = home.written(service("web", "echo 1 >> marks") + service("db", "true") + service("old", "true"));
    const id = await home.apply(directory);
    const before = await pidsOf(id, "web", "db", "old");
    await marked(directory, 1);
    home.rewrite(directory, service("web", "echo 2 >> marks") + service("db", "true") + service("fresh", "true"));
    const { name } = await home.info(id);
    expect(await home.ok(directory, "apply")).toBe(
      `Changed pipeline ${id} (${name})
  old stopped: it is not in the file any more
  web restarted: command changed
  fresh started: it is new
`,
    );
    // The answer says what was decided: processes end and begin afterwards.
    await marked(directory, 2);
    await until("the former processes to be gone", () => !isAlive(before["web"] ?? 0) && !isAlive(before["old"] ?? 0));
    const after = await pidsOf(id, "web", "db", "fresh");
    expect(after["db"]).toBe(before["db"]);
    expect([isAlive(before["web"] ?? 0), isAlive(before["old"] ?? 0)]).toEqual([false, false]);
    expect(linesIn(directory)).toEqual(["1", "2"]);
    expect(await home.logs(id)).toContain("blueprint 2: web restarted: command changed\n");
    expect((await home.run(["why", id])).stdout).toContain(
      "Its blueprint was changed: old stopped, web restarted, fresh started.",
    );
    expect(await home.ok(directory, "diff")).toBe("");
    expect(await home.ok(directory, "apply")).toBe(`Pipeline ${id} (${name}) runs as the file says\n`);
    expect(await pidsOf(id, "web", "db", "fresh")).toEqual(after);
    await home.ok(directory, "down", id);
    expect((await home.agents(id)).every(({ status }) => status === "stopped")).toBe(true);
  });

  it("starts a changed service only once its former process is gone", async () => {
    const slow = (word: string) => `
[agents.web]
type = "service"
argv = ["bash", "-c", "trap 'sleep 0.3; echo end ${word} >> marks; exit 0' TERM; echo begin ${word} >> marks; while :; do sleep 0.02; done"]
`;
    const directory = home.written(slow("1"));
    const id = await home.apply(directory);
    await until("the first to begin", () => linesIn(directory).includes("begin 1"));
    for (const word of ["2", "3"]) {
      home.rewrite(directory, slow(word));
      await change(directory);
    }
    await until("the last to begin", () => linesIn(directory).includes("begin 3"));
    const lines = linesIn(directory);
    // Whether the second had time to begin, nobody knows.
    const [begun, ended] = [lines.filter((line) => line.startsWith("begin")), lines.filter((line) => line.startsWith("end"))];
    expect(lines).toEqual(begun.flatMap((line, at) => [line, ended[at] ?? []].flat()));
    expect(ended).toEqual(begun.slice(0, -1).map((line) => line.replace("begin", "end")));
    await home.ok(directory, "kill", id);
  });

  it("goes on with a change that a killed daemon had decided, and starts nothing twice", async () => {
    const text = (word: string) => service("web", `echo ${word} >> marks`) + service("db", "echo db >> marks");
    const directory = home.written(text("1"));
    const id = await home.apply(directory);
    const before = await pidsOf(id, "web", "db");
    await marked(directory, 2);
    home.rewrite(directory, text("2"));
    await change(directory);
    await home.killDaemon();
    await home.run(["start"]);
    await until("the second to begin", () => linesIn(directory).includes("2"));
    const after = await pidsOf(id, "web", "db");
    expect(after["db"]).toBe(before["db"]);
    expect(linesIn(directory).toSorted()).toEqual(["1", "2", "db"]);
    await home.ok(directory, "restart", id);
    await marked(directory, 5);
    await pidsOf(id, "web", "db");
    expect(linesIn(directory).toSorted()).toEqual(["1", "2", "2", "db", "db"]);
    await home.ok(directory, "kill", id);
  });

  it("follows a blueprint that was decided on when the daemon died before it could take it up", async () => {
    const text = (word: string) => service("web", `echo ${word} >> marks`);
    const directory = home.written(text("1"));
    const id = await home.apply(directory);
    await pidsOf(id, "web");
    await marked(directory, 1);
    await home.killDaemon();
    const daemon = await startArmed(home, "after_blueprint_change");
    home.rewrite(directory, text("2"));
    await home.ask("apply", { path: join(directory, "overmind.toml"), env: process.env }).catch(() => null);
    expect(await daemon.finished).toMatchObject({ signal: "SIGKILL" });
    await home.run(["start"]);
    await until("the second to begin", () => linesIn(directory).includes("2"));
    await pidsOf(id, "web");
    expect(linesIn(directory)).toEqual(["1", "2"]);
    expect(await home.ok(directory, "diff")).toBe("");
    await home.ok(directory, "kill", id);
  });

  it("goes on with what it followed when the daemon died before the change was decided on", async () => {
    const text = (word: string) => service("web", `echo ${word} >> marks`);
    const directory = home.written(text("1"));
    const id = await home.apply(directory);
    const before = await pidsOf(id, "web");
    await marked(directory, 1);
    await home.killDaemon();
    const daemon = await startArmed(home, "before_blueprint_change");
    home.rewrite(directory, text("2"));
    await home.ask("apply", { path: join(directory, "overmind.toml"), env: process.env }).catch(() => null);
    expect(await daemon.finished).toMatchObject({ signal: "SIGKILL" });
    await home.run(["start"]);
    expect(await pidsOf(id, "web")).toEqual(before);
    expect(linesIn(directory)).toEqual(["1"]);
    expect((await change(directory)).changes).toMatchObject([{ agent: "web", action: "restarted" }]);
    await until("the second to begin", () => linesIn(directory).includes("2"));
    await home.ok(directory, "kill", id);
  });

  it("runs a changed task once more, and what was made of its result with it", async () => {
    const made = (word: string) => `
${service("web", "true")}
[agents.seed]
command = "echo ${word}"
[agents.use]
command = 'echo "made of ${"$"}{agents.seed.result}" >> marks'
depends_on = ["seed"]
`;
    const directory = home.written(made("one"));
    const id = await home.apply(directory);
    await until("the first to be used", () => linesIn(directory).includes("made of one"));
    const { web } = await pidsOf(id, "web");
    await until("its end to be known", async () => (await home.logs(id)).includes("agent 'use' completed"));
    home.rewrite(directory, made("two"));
    expect((await change(directory)).changes).toMatchObject([
      { agent: "seed", action: "again", why: "command changed" },
      { agent: "use", action: "again", why: "seed runs again" },
    ]);
    await until("the second to be used", () => linesIn(directory).includes("made of two"));
    expect(linesIn(directory)).toEqual(["made of one", "made of two"]);
    expect(await pidsOf(id, "web")).toEqual({ web });
    await home.ok(directory, "down", id);
  });

  it("scales replicas without touching those that stay", async () => {
    const text = (count: number) => service("web", "true", `replicas = ${count}`);
    const directory = home.written(text(2));
    const id = await home.apply(directory);
    const before = await pidsOf(id, "web-1", "web-2");
    home.rewrite(directory, text(3));
    expect((await change(directory)).changes).toEqual([{ agent: "web", action: "scaled", why: "replicas changed to 3" }]);
    expect(await pidsOf(id, "web-1", "web-2", "web-3")).toMatchObject(before);
    home.rewrite(directory, text(1));
    await change(directory);
    expect(await pidsOf(id, "web-1")).toEqual({ "web-1": before["web-1"] });
    await home.ok(directory, "kill", id);
  });

  it("starts a service again that had given up", async () => {
    const directory = home.written(
      `[blueprint]\non_failure = "continue"\n${service("web", "true")}[agents.bad]\ntype = "service"\ncommand = "echo bad >> marks; exit 3"\nrestart = "never"`,
    );
    const id = await home.apply(directory);
    await pidsOf(id, "web");
    await until("the bad one to be taken in", async () => (await home.logs(id)).includes("agent 'bad' failed"));
    expect((await change(directory)).changes).toEqual([{ agent: "bad", action: "restarted", why: "bad had failed" }]);
    await until("the bad one to run again", () => linesIn(directory).length === 2);
    await home.ok(directory, "kill", id);
  });

  it("refuses while tasks have not ended, and allows a second run beside it", async () => {
    const text = '[agents.long]\ncommand = "exec sleep 600"\n[agents.later]\ncommand = "true"\ndepends_on = ["long"]';
    const directory = home.written(text);
    const id = await home.apply(directory);
    const { name } = await home.info(id);
    const { code, stdout, stderr } = await home.run(["apply"], { cwd: directory });
    expect([code, stdout, stderr]).toEqual([
      1,
      "",
      `Error: ${name} runs and has tasks that have not ended: long, later (still_live)\nA second run beside it: overmind apply --name NAME\n`,
    ]);
    const second = await home.apply(directory, "--name", "beside");
    expect(second).not.toBe(id);
    const part = await home.run(["apply", "--only", "long"], { cwd: directory });
    expect([part.code, part.stderr]).toEqual([1, expect.stringContaining(`only and from begin a new run, and ${name} runs`)]);
    await home.ok(directory, "kill", id, second);
  });

  it("is not meant for another file that bears the same name", async () => {
    const text = `[blueprint]\nname = "twins"\n${service("web", "true")}`;
    const [first, second] = [await home.apply(home.written(text)), await home.apply(home.written(text))];
    expect((await Promise.all([first, second].map((id) => home.info(id)))).map(({ name }) => name)).toEqual(["twins", "twins-2"]);
    await home.run(["kill", first, second]);
  });
});
