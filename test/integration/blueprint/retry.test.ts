// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { processesWith } from "../../support/processes.ts";
import { until } from "../../support/until.ts";
import { linesIn, PipelineHome } from "./pipeline-home.ts";

const home = new PipelineHome();
afterAll(() => home.dispose());

const mark = (word: string) => `echo ${word} >> marks`;
const touch = (directory: string, file: string) => writeFileSync(join(directory, file), "");
const hasMark = (directory: string, word: string) => until(`the mark ${word}`, () => linesIn(directory).includes(word));

describe("retry", () => {
  const chain = `
[agents.made]
command = "echo gold; ${mark("made")}"
[agents.aside]
command = "${mark("aside")}"
[agents.gate]
command = "test -e open && ${mark("gate")}"
depends_on = ["made", "aside"]
[agents.use]
command = "echo used \${agents.made.result}"
depends_on = ["gate"]
[agents.clean]
command = "${mark("clean")}"
finally = true
`;

  it("runs with --failed only what failed and what comes after it, with earlier results and under the same id", async () => {
    const directory = home.written(chain);
    const id = await home.apply(directory, "--name", "broken");
    expect(await home.wait(id)).toMatchObject({ status: "crashed", exit_code: 1 });
    touch(directory, "open");
    const { code, stdout } = await home.run(["retry", "--failed", "--wait", "broken"]);
    expect([code, stdout]).toEqual([
      0,
      `Restarted pipeline ${id} (broken), attempt 2, keeping the results of 2\nMission ${id} finished: stopped (exit code 0)\n`,
    ]);
    expect(linesIn(directory).toSorted()).toEqual(["aside", "clean", "clean", "gate", "made"]);
    expect(await home.logs("use")).toBe("used gold\n");
    const log = await home.logs(id);
    expect(log.split("--- restart #1")[0]).toContain("pipeline failed at agent 'gate'");
    expect(await home.info(id)).toMatchObject({ attempt: 2, status: "stopped", attempts: [{ exit_code: 1 }, { exit_code: 0 }] });
  });

  it("keeps what was kept once more when the second attempt fails as well", async () => {
    const directory = home.written(chain);
    const id = await home.apply(directory);
    await home.wait(id);
    await home.ask("retry", { id, failed: true });
    expect(await home.wait(id)).toMatchObject({ status: "crashed" });
    touch(directory, "open");
    expect(await home.ask("retry", { id, failed: true })).toMatchObject({ id, attempt: 3, kept: ["made", "aside"] });
    expect(await home.wait(id)).toMatchObject({ status: "stopped" });
    expect(linesIn(directory).filter((line) => line === "made")).toHaveLength(1);
    expect(await home.logs("use")).toBe("used gold\n");
  });

  it("runs all of it again where nothing is said, also what a daemon that was killed had done", async () => {
    const directory = home.written(chain);
    touch(directory, "open");
    const id = await home.apply(directory);
    await home.wait(id);
    await home.killDaemon();
    const { stdout } = await home.run(["retry", "--json", id]);
    expect(JSON.parse(stdout)).toEqual({ id, name: expect.any(String), attempt: 2, kept: [] });
    expect(await home.wait(id)).toMatchObject({ status: "stopped" });
    expect(linesIn(directory).filter((line) => line === "made")).toHaveLength(2);
  });

  it("goes on with what it kept when the daemon is killed in the second attempt", async () => {
    const directory = home.written(
      chain.replace("test -e open &&", "test -e open && until test -e wide; do sleep 0.05; done &&"),
    );
    const id = await home.apply(directory);
    await home.wait(id);
    touch(directory, "open");
    await home.ask("retry", { id, failed: true });
    await home.killDaemon();
    await home.run(["start"]);
    touch(directory, "wide");
    expect(await home.wait(id)).toMatchObject({ status: "stopped", exit_code: 0 });
    expect(linesIn(directory).toSorted()).toEqual(["aside", "clean", "clean", "gate", "made"]);
    expect(await home.logs("use")).toBe("used gold\n");
  });

  it("runs of a fan-out only the items that failed", async () => {
    const directory = home.written(`
[blueprint]
on_failure = "continue"
[agents.list]
command = "echo '[1, 2, 3]'; ${mark("list")}"
expects = "json"
[agents.each]
command = "echo item \${item}; ${mark("${item}")}; test \${item} != 2 || test -e open"
foreach = "\${agents.list.json}"
depends_on = ["list"]
[agents.gather]
command = "echo \\"\${agents.each.result}\\""
depends_on = ["each"]
`);
    const id = await home.apply(directory);
    expect(await home.wait(id)).toMatchObject({ status: "crashed" });
    touch(directory, "open");
    expect(await home.ask("retry", { id, failed: true })).toMatchObject({ kept: ["list", "each-1", "each-3"] });
    expect(await home.wait(id)).toMatchObject({ status: "stopped" });
    expect(linesIn(directory).toSorted()).toEqual(["1", "2", "2", "3", "list"]);
    expect(await home.logs("gather")).toBe('["item 1","item 2","item 3"]\n');
  });

  it("refuses what still runs, what did not fail, what is no pipeline and what is not there", async () => {
    const id = await home.apply(home.written('[agents.long]\ncommand = "exec sleep 600"'), "--name", "long-one");
    await expect(home.ask("retry", { id })).rejects.toMatchObject({ code: "not_finished" });
    await home.ask("kill", { id });
    const good = await home.apply(home.written('[agents.a]\ncommand = "true"'), "--name", "good-one");
    await home.wait(good);
    const { code, stderr } = await home.run(["retry", "--failed", "good-one"]);
    expect([code, stderr.split("\n")[0]]).toEqual([1, "Error: nothing of good-one failed (invalid_argument)"]);
    await home.start("--name", "plain", "--wait", "true").catch(() => undefined);
    await expect(home.ask("retry", { id: "plain" })).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(home.ask("retry", { id: "nobody" })).rejects.toMatchObject({ code: "not_found" });
  });

  it("starts one attempt when two ask at once", async () => {
    const directory = home.written(`[agents.a]\ncommand = "${mark("a")}; test -e open"`);
    const id = await home.apply(directory);
    await home.wait(id);
    touch(directory, "open");
    const asked = await Promise.allSettled([1, 2].map(() => home.ask("retry", { id, failed: true })));
    const refused = asked.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : []));
    // The second comes while the first attempt runs, or after it has ended well.
    expect(["not_finished", "invalid_argument"]).toContain(refused[0]);
    await home.wait(id);
    expect(await home.info(id)).toMatchObject({ attempt: 2, status: "stopped" });
    expect(linesIn(directory)).toEqual(["a", "a"]);
  });

  it("bounds each attempt by the blueprint's timeout, not all of them together", async () => {
    const directory = home.written(`[blueprint]\ntimeout = 4\n[agents.a]\ncommand = "test -e open || exec sleep 600"`);
    const id = await home.apply(directory);
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "timeout" });
    touch(directory, "open");
    await home.ask("retry", { id, failed: true });
    expect(await home.wait(id)).toMatchObject({ status: "stopped", exit_code: 0 });
  });
});

describe("a pipeline that is ended", () => {
  /** Blocks in each phase until a file lets it go on; `$PHASE` says in which it is. */
  const gated = (phase: string) => `${mark(phase)}; until test -e go-${phase}; do sleep 0.05; done`;
  const text = (word: string) => `
[agents.list]
command = "${gated("list")}; echo '[1, 2, 3, 4]'"
expects = "json"
env = { WORD = "${word}" }
[agents.server]
type = "service"
command = "echo up; exec sleep 600"
ready = { log = "up", command = "${gated("probe")}", timeout = 60 }
depends_on = ["list"]
env = { WORD = "${word}" }
[agents.checked]
command = "${mark("checked")}"
verify = ["${gated("verify")}"]
depends_on = ["server"]
env = { WORD = "${word}" }
[agents.each]
command = "${gated("each")}"
foreach = "\${agents.list.json}"
max_parallel = 2
depends_on = ["checked"]
env = { WORD = "${word}" }
[agents.down]
command = "overmind_never=1; test -e go-each"
depends_on = ["each"]
[agents.clean]
command = "${gated("clean")}"
finally = true
env = { WORD = "${word}" }
`;
  const phases = ["list", "probe", "verify", "each"] as const;

  const everything = [...phases, "clean"] as const;
  const cases = everything.flatMap((phase) => (["stop", "kill"] as const).map((verb) => [verb, phase] as const));

  it.each(cases)("by %s in the phase '%s' leaves nothing, and retry --failed completes it", async (verb, phase) => {
    const word = `${verb}-${phase}-${process.pid}`;
    const directory = home.written(text(word));
    const id = await home.apply(directory);
    const before = everything.slice(0, everything.indexOf(phase));
    for (const one of before) {
      await hasMark(directory, one);
      touch(directory, `go-${one}`);
    }
    if (phase === "clean") {
      // Its service would be up for ever: what is to run finally runs once it is taken down.
      await until("the last task", async () =>
        (await home.agents(id)).some((one) => one.name === "down" && one.status === "stopped"),
      );
      void home.ask("stop", { id }).catch(() => undefined);
    }
    await hasMark(directory, phase);
    // What is to run finally runs after a stop: it may.
    if (verb === "stop") touch(directory, "go-clean");
    expect(await home.run([verb, id])).toMatchObject({ code: 0 });
    expect(await home.info(id)).toMatchObject({ status: verb === "stop" ? "stopped" : "killed" });
    expect((await home.agents(id)).filter(({ status }) => !["stopped", "crashed", "killed"].includes(status))).toEqual([]);
    expect(processesWith(`WORD=${word}`)).toEqual([]);

    for (const one of everything) touch(directory, `go-${one}`);
    await home.ask("retry", { id, failed: true });
    await until("all but the service to end", async () => {
      const log = (await home.logs(id)).split("--- restart #1")[1] ?? "";
      return log.includes(phase === "clean" ? "agent 'server' is ready" : "agent 'down' completed");
    });
    expect(await home.run(["down", id])).toMatchObject({ code: 0 });
    expect(await home.info(id)).toMatchObject({ status: "stopped", exit_code: 0, attempt: 2 });
    // What was done before is done once.
    const done = before.filter((one) => one === "list");
    for (const one of done) expect(linesIn(directory).filter((line) => line === one)).toHaveLength(1);
    expect(processesWith(`WORD=${word}`)).toEqual([]);
  });

  it.each(["stop", "kill"])("by %s before its first agent leaves nothing, and retry --failed runs all of it", async (verb) => {
    const directory = home.written(`[agents.a]\ncommand = "${mark("a")}"`);
    const name = `early-${verb}`;
    const wire = home.wire();
    const path = join(directory, "overmind.toml");
    const [made] = await Promise.all([
      wire.request("apply", { path, name, env: process.env }),
      wire.request(verb, { id: name }).catch(() => undefined),
    ]);
    const { id } = made?.ok ?? {};
    await home.wait(id);
    const { status } = await home.info(id);
    const ran = linesIn(directory).length;
    expect(ran).toBeLessThanOrEqual(1);
    if (ran === 1 && status === "stopped") return;
    expect(status).toBe(verb === "stop" ? "stopped" : "killed");
    await home.ask("retry", { id, failed: true });
    expect(await home.wait(id)).toMatchObject({ status: "stopped", exit_code: 0 });
    expect(linesIn(directory)).toContain("a");
  });
});
