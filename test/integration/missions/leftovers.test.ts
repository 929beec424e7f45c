import { spawn } from "node:child_process";
import { afterAll, describe, expect, it } from "vitest";
import { agent, uniqueTag } from "../../support/agent.ts";
import { plainEnvironment, startHome } from "../../support/home.ts";
import { commandsWith, isAlive } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

const home = startHome({ config: "" });
afterAll(() => home.dispose());

const family = ["--fork", "--setsid-child", "--double-fork"];

/** Starts an agent with a background child, a setsid child and a double-forked setsid grandchild. */
async function startFamily(...more: (string | number)[]): Promise<{ id: string; tag: string }> {
  const tag = uniqueTag();
  const id = await home.start("--grace", "3s", "--", ...agent(...family, "--tag", tag, ...more));
  return { id, tag };
}

describe("a mission with a background child, a setsid child and a double-forked grandchild", () => {
  it.each(["stop", "kill"])("leaves none of them after %s", async (verb) => {
    const { id, tag } = await startFamily();
    await home.printed(id, "ready");
    expect(commandsWith(tag)).toHaveLength(4);
    const ended = await home.run([verb, id]);
    expect(ended.code).toBe(0);
    expect(commandsWith(tag)).toEqual([]);
    expect(await home.info(id)).toMatchObject({ status: verb === "stop" ? "stopped" : "killed", os_pid: null });
  });

  it("leaves none of them after a natural end, and lists them", async () => {
    const { id, tag } = await startFamily("--run-for", 200, "--exit-code", 3);
    expect((await home.run(["wait", id])).code).toBe(3);
    expect(commandsWith(tag)).toEqual([]);
    const info = await home.info(id);
    expect(info).toMatchObject({ status: "crashed", reason: "failed", exit_code: 3 });
    expect(info.attempts[0].leftovers).toHaveLength(3);
    for (const left of info.attempts[0].leftovers)
      expect(left).toEqual({ pid: expect.any(Number), command: expect.stringContaining(tag) });
  });

  it("leaves them alone with --keep-leftovers", async () => {
    const tag = uniqueTag();
    const id = await home.start("--keep-leftovers", "--", ...agent(...family, "--tag", tag, "--run-for", 100));
    await home.wait(id);
    const kept = commandsWith(tag);
    expect(kept).toHaveLength(3);
    for (const { pid } of kept) process.kill(pid, "SIGKILL");
  });

  it("is ended to the last also when a daemon adopted it", async () => {
    const { id, tag } = await startFamily();
    await home.printed(id, "ready");
    await home.killDaemon("SIGKILL");
    expect(commandsWith(tag)).toHaveLength(4);
    await home.run(["stop", id]);
    expect(commandsWith(tag)).toEqual([]);
  });

  it("is ended to the last when it also cleared its environment", async () => {
    const id = await home.start("setsid env -i sleep 4321.5 & sleep 0.2; echo up; wait");
    await home.printed(id, "up");
    await home.run(["stop", id]);
    expect(commandsWith("4321.5")).toEqual([]);
  });

  it("does not cost the life of a stranger with the same command line", async () => {
    const tag = uniqueTag();
    const words = agent("--tag", tag);
    const stranger = spawn(words[0] ?? "", words.slice(1), { stdio: "ignore", env: plainEnvironment() });
    const id = await home.start("--", ...words);
    await home.printed(id, "ready");
    await home.run(["stop", id]);
    expect(commandsWith(tag).map((found) => found.pid)).toEqual([stranger.pid]);
    stranger.kill("SIGKILL");
    await until("the stranger to be gone", () => !isAlive(stranger.pid ?? 0));
  });

  it("does not cost the life of another mission that it started", async () => {
    const tag = uniqueTag();
    const inner = agent("--tag", tag).join(" ");
    const { code, stdout, stderr } = await home.shell(`overmind run --wait --name outer 'overmind run --name inner ${inner}'`);
    expect([code, stdout, stderr]).toEqual([0, expect.anything(), expect.anything()]);
    await home.run(["wait", "--for", "running", "inner"]);
    expect(await home.info("inner")).toMatchObject({ status: "running", parent: (await home.info("outer")).id });
    expect(commandsWith(tag)).not.toEqual([]);
    await home.run(["kill", "inner"]);
  });
});

describe("a daemon started from inside a mission", () => {
  it("is not swept away with the mission", async () => {
    const other = startHome();
    try {
      const line = `OVERMIND_HOME=${other.home} overmind run --name there 'sleep 1000'`;
      expect((await home.shell(`overmind run --wait --name starter '${line}'`)).code).toBe(0);
      expect(await other.info("there")).toMatchObject({ status: "running", parent: null });
    } finally {
      await other.dispose();
    }
  });
});
