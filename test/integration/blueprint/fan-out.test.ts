// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { linesIn, PipelineHome } from "./pipeline-home.ts";

const home = new PipelineHome();
afterAll(() => home.dispose());

const fanOut = (list: string, work: string) => `[blueprint]\non_failure = "continue"
[agents.list]
command = "echo '${list}'"
expects = "json"
[agents.each]
command = "${work}"
foreach = "\${agents.list.json}"
max_parallel = 8
depends_on = ["list"]
[agents.gather]
command = "echo \\"\${agents.each.result}\\""
depends_on = ["each"]
[agents.beside]
command = "echo beside >> marks"
`;

describe("a fan-out over a list that an agent made", () => {
  it("runs a hundred items in eight slots and gathers what they said in their order", async () => {
    const items = Array.from({ length: 100 }, (_, at) => at);
    const work = "echo begin >> marks; echo v${item}; echo end >> marks";
    const id = await home.apply(home.written(fanOut(JSON.stringify(items), work)), "--name", "many");
    expect(await home.wait(id)).toMatchObject({ status: "stopped", exit_code: 0 });
    expect(JSON.parse(await home.logs("gather"))).toEqual(items.map((item) => `v${item}`));
    const { stdout } = await home.run(["graph", "many", "--json"]);
    expect(JSON.parse(stdout).nodes[1]).toMatchObject({ name: "beside", status: "completed" });
    expect(stdout).toContain("100 completed");
  });

  it("never runs more of them at once than it has slots", async () => {
    const directory = home.written(
      fanOut(JSON.stringify(Array.from({ length: 24 }, (_, at) => at)), "echo begin >> marks; sleep 0.05; echo end >> marks"),
    );
    await home.wait(await home.apply(directory));
    const marks = linesIn(directory).filter((line) => line !== "beside");
    let live = 0;
    const peak = Math.max(
      ...marks.map((mark) => {
        live += mark === "begin" ? 1 : -1;
        return live;
      }),
    );
    expect([marks.length, peak <= 8]).toEqual([48, true]);
  });

  it("waits for a place where a pipeline may have fewer live children, and says so", async () => {
    const crowded = new PipelineHome({ config: "max_children = 5\n" });
    try {
      const work = "echo begin >> marks; sleep 0.05; echo end >> marks";
      const many = `[agents.up]\ntype = "service"\ncommand = "sleep 600"\nready = { command = "true", timeout = 60 }
[agents.each]\ncommand = "${work}"\nreplicas = 12\nready = { command = "true", timeout = 60 }
[agents.last]\ncommand = "echo last >> marks"\ndepends_on = ["each"]`;
      const directory = crowded.written(many);
      const id = await crowded.apply(directory);
      await until("all of them to run", () => linesIn(directory).includes("last"));
      expect(linesIn(directory)).toHaveLength(25);
      expect(await crowded.logs(id)).toContain("no more than 5 missions run at once: max_children in config.toml");
      await crowded.run(["stop", id]);
      const kept = crowded.written('[agents.up]\ntype = "service"\ncommand = "sleep 600"\nreplicas = 6\n');
      expect(await crowded.wait(await crowded.apply(kept, "--name", "too-many"))).toMatchObject({ status: "crashed" });
      expect(await crowded.logs("too-many")).toMatch(/agent 'up-6' failed: it could not start: parent: max_children allows 5/);
    } finally {
      await crowded.dispose();
    }
  });

  it("is done at once over an empty list, also when what comes after it is tried again", async () => {
    const directory = home.written(`${fanOut("[]", "exit 9")}[agents.gate]\ncommand = "test -e open"\ndepends_on = ["gather"]\n`);
    const id = await home.apply(directory);
    expect(await home.wait(id)).toMatchObject({ status: "crashed" });
    expect(await home.logs("gather")).toBe("[]\n");
    await home.shell(`touch ${directory}/open`);
    expect(await home.ask("retry", { id, failed: true })).toMatchObject({ kept: ["list", "gather", "beside"] });
    expect(await home.wait(id)).toMatchObject({ status: "stopped" });
  });

  it("lets the other items and branches finish when one fails", async () => {
    const directory = home.written(fanOut("[1, 2, 3]", "echo item${item} >> marks; test ${item} != 2"));
    const id = await home.apply(directory, "--name", "one-fails");
    expect(await home.wait(id)).toMatchObject({ status: "crashed", exit_code: 1 });
    expect(linesIn(directory).toSorted()).toEqual(["beside", "item1", "item2", "item3"]);
    expect((await home.run(["graph", "one-fails"])).stdout).toMatch(/each \(xn, [^)]*1 failed[^)]*\)/);
    expect(await home.logs(id)).toContain("pipeline failed at agent 'each'");
  });
});

describe("an agent that is run more than once", () => {
  const text = (work: string) => `[blueprint]\nname = "names"
[params.list]\ntype = "list"\ndefault = ["x", "y"]
[agents.part]
foreach = "\${params.list}"
command = '${work}'
verify = 'test -n "\${item}"'
`;

  it("is shown in its author's words with its own item, not in those that a shell runs", async () => {
    const directory = home.written(text('echo "got ${item}"'));
    const id = await home.apply(directory);
    await home.wait(id);
    const of = async (name: string) => {
      const { stdout } = await home.run(["ps", "--children", id, "-o", "name,command"]);
      return stdout.split("\n").find((line) => line.startsWith(`${name} `));
    };
    expect(await of("part-1")).toMatch(/ echo "got x"$/);
    expect(await of("part-2.verify")).toMatch(/ test -n "y"$/);
    expect((await home.info("part-2")).command).toBe('echo "got y"');
    // It is still the shell's words that run, also when it starts again.
    expect((await home.run(["restart", "part-1"])).code).toBe(0);
    await home.wait("part-1");
    expect(await home.logs("part-1")).toMatch(/^got x\n--- restart #1 at .* ---\ngot x\n$/);
  });

  it("has one log under its name, each of it under its own header, and of the newest run", async () => {
    const directory = home.written(text('echo "got ${item}"'));
    await home.wait(await home.apply(directory, "-p", 'list=["a","b","c"]'));
    await home.wait(await home.apply(directory));
    const { stdout, code } = await home.run(["logs", "part"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^=== part-1 \(\w{8}\) ===\ngot x\n=== part-2 \(\w{8}\) ===\ngot y\n$/);
    expect((await home.run(["logs", "part", "names"])).stdout).toMatch(/=== part-2 .*[\s\S]*=== names /);
  });

  it("is followed with its names before the lines", async () => {
    const directory = home.written(text('echo "got ${item}"; while [ ! -e go ]; do sleep 0.05; done; echo "end ${item}"'));
    const id = await home.apply(directory);
    const follower = home.spawn(["logs", "-f", "part"]);
    await until("both to be heard", () => /part-1 \| got x/.test(follower.stdout) && /part-2 \| got y/.test(follower.stdout));
    writeFileSync(join(directory, "go"), "");
    await follower.finished;
    expect(follower.stdout).toContain("part-2 | end y\n");
    await home.wait(id);
  });

  it("is named by all of its missions where one has to be chosen", async () => {
    const directory = home.written(
      text("true").replace('default = ["x", "y"]', `default = ${JSON.stringify([..."abcdefghij"])}`),
    );
    await home.wait(await home.apply(directory));
    const { code, stderr } = await home.run(["info", "part"]);
    expect([code, stderr]).toEqual([
      1,
      "Error: no mission has that id or name (not_found)\nThe agent 'part' runs as part-1, part-2, part-3, part-4, part-5, part-6, part-7, part-8 and 2 more: name one of these.\n",
    ]);
    expect((await home.run(["info", "par"])).stderr).toContain("No mission is called 'par'.");
  });
});
