import { afterAll, describe, expect, it } from "vitest";
import { agent, uniqueTag } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";
import { commandsWith } from "../../support/processes.ts";

const home = startHome();
afterAll(() => home.dispose());

async function member(tag: string, ...flags: readonly string[]): Promise<string> {
  const id = await home.start(...flags, "--", ...agent("--tag", tag));
  await home.printed(id, "ready");
  return id;
}

async function threeGenerations(): Promise<{ tag: string; top: string; middle: string; leaves: readonly string[] }> {
  const tag = uniqueTag();
  const top = await member(tag);
  const middle = await member(tag, "--parent", top);
  const leaves = [await member(tag, "--parent", middle), await member(tag, "--parent", middle)];
  return { tag, top, middle, leaves };
}

const endedAt = async (id: string) => Date.parse((await home.info(id)).ended_at);

describe("a tree of three generations", () => {
  it("is killed from the leaves up within a second, and nobody else is touched", async () => {
    const other = await member(uniqueTag());
    const { tag, top, middle, leaves } = await threeGenerations();
    const began = performance.now();
    expect(await home.ask("kill", { id: top, cascade: true })).toBe(true);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(commandsWith(tag)).toEqual([]);
    for (const leaf of leaves) expect(await endedAt(leaf)).toBeLessThanOrEqual(await endedAt(middle));
    expect(await endedAt(middle)).toBeLessThanOrEqual(await endedAt(top));
    expect((await home.info(other)).status).toBe("running");
  });

  it("is stopped from the leaves up", async () => {
    const { tag, top, middle, leaves } = await threeGenerations();
    expect((await home.run(["stop", "--cascade", top])).code).toBe(0);
    expect(commandsWith(tag)).toEqual([]);
    for (const leaf of leaves) expect(await endedAt(leaf)).toBeLessThanOrEqual(await endedAt(middle));
    expect(await endedAt(middle)).toBeLessThanOrEqual(await endedAt(top));
  });

  it("lives on below a mission that was killed alone, and still ends by a cascade from it", async () => {
    const { tag, top, middle, leaves } = await threeGenerations();
    await home.ask("kill", { id: top });
    await home.ask("kill", { id: middle });
    for (const leaf of leaves) expect((await home.info(leaf)).status).toBe("running");
    await home.ask("kill", { id: top, cascade: true });
    expect(commandsWith(tag)).toEqual([]);
  });

  it("ends whole although it makes children while it is being ended", async () => {
    const tag = uniqueTag();
    const child = `exec perl -e 'sleep' ${tag}`;
    const breeder = `trap 'overmind run --name late "${child}"; exit 0' TERM; echo ready; while :; do sleep 0.05; done`;
    const { stdout } = await home.shell(`overmind run --json "$LINE"`, { env: { LINE: breeder, ...pathToOvermind() } });
    const { id } = JSON.parse(stdout);
    await home.printed(id, "ready");
    await home.ask("stop", { id, cascade: true });
    const [late] = await home.ask("list", { children: id, all: true });
    expect(late).toMatchObject({ name: "late", parent: id, status: "stopped" });
    expect(commandsWith(tag)).toEqual([]);
  });
});

describe("kill --all", () => {
  it("ends every mission of the home, whoever is its parent", async () => {
    const { tag } = await threeGenerations();
    expect((await home.run(["kill", "--all"])).code).toBe(0);
    expect(commandsWith(tag)).toEqual([]);
    expect(await home.ask("list", { status: ["running", "starting", "stopping"] })).toEqual([]);
  });
});

describe("the tree itself", () => {
  it("refuses a ninth generation, and names the limit", async () => {
    let parent = await home.start("sleep 100");
    for (let depth = 2; depth <= 8; depth += 1) parent = await home.start("--parent", parent, "sleep 100");
    const deep = await home.run(["run", "--parent", parent, "true"]);
    expect([deep.code, deep.stderr]).toEqual([1, expect.stringContaining("max_depth allows 8")]);
    await expect(home.ask("run", { command: "true", parent })).rejects.toMatchObject({ code: "invalid_argument" });
    await home.ask("kill", { all: true });
  });

  it("refuses one child more than max_children, and counts the live ones only", async () => {
    const crowded = startHome({ config: "max_children = 2\n" });
    try {
      const parent = await crowded.start("sleep 100");
      const first = await crowded.start("--parent", parent, "sleep 100");
      await crowded.start("--parent", parent, "sleep 100");
      const third = await crowded.run(["run", "--parent", parent, "true"]);
      expect([third.code, third.stderr]).toEqual([1, expect.stringContaining("max_children allows 2")]);
      await crowded.ask("kill", { id: first });
      expect((await crowded.run(["run", "--parent", parent, "true"])).code).toBe(0);
    } finally {
      await crowded.dispose();
    }
  });

  it("has no cycle: a parent has to exist when its child is made, and stays its parent", async () => {
    const id = await home.start("--name", "root-of-all", "true");
    await expect(home.ask("run", { command: "true", name: "self", parent: "self" })).rejects.toMatchObject({
      code: "parent_not_found",
    });
    const child = await home.start("--name", "branch", "--parent", id, "true");
    await home.wait(child);
    // The name is free again; the newer mission that takes it is another one.
    const again = await home.start("--name", "root-of-all", "--parent", child, "true");
    expect((await home.info(again)).parent).toBe(child);
    expect((await home.info(id)).parent).toBe(null);
    await home.wait(again);
    await home.ask("restart", { id });
    expect((await home.info(id)).parent).toBe(null);
  });

  it("shows children at the top once their parent was removed", async () => {
    const parent = await home.start("true");
    const child = await home.start("--name", "orphan", "--parent", parent, "sleep 100");
    await home.wait(parent);
    await home.ask("rm", { id: parent });
    const { stdout } = await home.run(["ps", "--tree"]);
    expect(stdout.split("\n").find((row) => row.startsWith(child))).toMatch(/^\S+ +orphan /);
    expect((await home.info(child)).parent).toBe(parent);
  });
});

function pathToOvermind(): NodeJS.ProcessEnv {
  return { PATH: `${process.cwd()}/bin:${process.env["PATH"]}` };
}
