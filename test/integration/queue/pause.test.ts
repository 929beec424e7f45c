import { afterAll, describe, expect, it } from "vitest";
import { agent, uniqueTag } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";
import { commandsWith } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

const home = startHome();
afterAll(() => home.dispose());

/** An agent with a child, and a child in a session of its own. */
async function startTree(): Promise<{ id: string; tag: string }> {
  const tag = uniqueTag();
  const id = await home.start("--", ...agent("--tag", tag, "--fork", "--setsid-child"));
  await home.printed(id, "ready");
  return { id, tag };
}

const states = (tag: string) =>
  commandsWith(tag)
    .filter(({ command }) => command.includes("mock-agent"))
    .map(({ state }) => state);
const allStopped = (tag: string) =>
  until("all of it to be stopped", () => states(tag).length >= 3 && states(tag).every((state) => state === "T"), {
    seen: () => commandsWith(tag),
  });
const noneStopped = (tag: string) =>
  until("all of it to go on", () => states(tag).every((state) => state !== "T"), { seen: () => commandsWith(tag) });

describe("pause", () => {
  it("stops the whole tree, also what left the session, and unpause lets it go on", async () => {
    const { id, tag } = await startTree();
    expect(await home.ask("pause", { id })).toEqual({ session_id: null, cwd: process.cwd() });
    await allStopped(tag);
    expect((await home.info(id)).status).toBe("paused");
    // Once more changes nothing.
    expect((await home.run(["pause", id])).stdout).toBe(`${id} was paused already\n`);
    expect(await home.ask("unpause", { id })).toBe(true);
    await noneStopped(tag);
    expect(await home.ask("unpause", { id })).toBe(true);
    expect((await home.info(id)).status).toBe("running");
    await home.ask("kill", { id });
  });

  it("is no end: wait goes on, and rm is refused", async () => {
    const id = await home.start("--name", "held", "sleep 60");
    await home.ask("wait", { id, for: ["running"] });
    await home.ask("pause", { id });
    const waited = await home.run(["wait", "held", "--timeout", "300"]);
    expect([waited.code, waited.stdout]).toEqual([124, ""]);
    const reached = await home.run(["wait", "held", "--for", "paused"]);
    expect([reached.code, reached.stdout]).toEqual([0, `Mission ${id} is paused\n`]);
    const removed = await home.run(["rm", "held"]);
    expect([removed.code, removed.stdout, removed.stderr]).toEqual([
      1,
      "",
      `Error: mission held (${id}) has not ended yet (still_live)\nStop it first: overmind stop held\n`,
    ]);
    await home.ask("kill", { id });
  });

  it("outlives the daemon, and the next one lets it go on", async () => {
    const { id, tag } = await startTree();
    await home.ask("pause", { id });
    await allStopped(tag);
    await home.killDaemon();
    await home.run(["start"]);
    expect((await home.info(id)).status).toBe("paused");
    await allStopped(tag);
    expect((await home.run(["unpause", id])).code).toBe(0);
    await noneStopped(tag);
    await home.ask("kill", { id });
    expect(commandsWith(tag)).toEqual([]);
  });

  it("counts towards no timeout, also when the daemon is killed meanwhile", async () => {
    const id = await home.start("--timeout", "3s", "sleep 60");
    await home.ask("wait", { id, for: ["running"] });
    const pauseFor = async (ms: number) => {
      await home.ask("pause", { id });
      await expect(home.ask("wait", { id, timeout: ms })).rejects.toMatchObject({ code: "timeout" });
    };
    await pauseFor(1700);
    await home.ask("unpause", { id });
    await pauseFor(1700);
    await home.killDaemon();
    await home.run(["start"]);
    await home.ask("unpause", { id });
    const before = performance.now();
    await home.wait(id);
    expect(performance.now() - before).toBeGreaterThan(800);
    expect((await home.info(id)).reason).toBe("timeout");
  });

  it("is not half undone by a SIGCONT: that is refused with what does it", async () => {
    const { id, tag } = await startTree();
    await home.ask("pause", { id });
    await allStopped(tag);
    const refused = await home.run(["signal", id, "CONT"]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/paused[\s\S]*overmind unpause /)]);
    expect(states(tag).every((state) => state === "T")).toBe(true);
    await home.ask("unpause", { id });
    expect((await home.run(["signal", id, "CONT"])).code).toBe(0);
    await home.ask("kill", { id });
  });

  it.each([
    ["stop", "stopped"],
    ["kill", "killed"],
  ])("does not keep a %s from ending it, well within its grace", async (verb, status) => {
    const { id, tag } = await startTree();
    await home.ask("pause", { id });
    await allStopped(tag);
    const before = performance.now();
    expect((await home.run([verb, id])).code).toBe(0);
    expect(performance.now() - before).toBeLessThan(8000);
    expect((await home.info(id)).status).toBe(status);
    expect(commandsWith(tag)).toEqual([]);
  });

  it("is not late and not silent meanwhile", async () => {
    const id = await home.start("--timeout", "3s", "--activity-timeout", "2900ms", "sleep 2; echo done");
    await home.ask("wait", { id, for: ["running"] });
    await home.ask("pause", { id });
    // Longer than both limits, while nothing may happen.
    await expect(home.ask("wait", { id, timeout: 3500 })).rejects.toMatchObject({ code: "timeout" });
    await home.ask("unpause", { id });
    expect(await home.wait(id)).toMatchObject({ status: "stopped", exit_code: 0 });
  });

  it("is refused where nothing runs", async () => {
    const id = await home.start("true");
    await home.wait(id);
    for (const cmd of ["pause", "unpause"]) {
      expect(await home.ask(cmd, { id }).catch((error) => error.code)).toBe("not_running");
      expect(await home.ask(cmd, { id: "nobody" }).catch((error) => error.code)).toBe("not_found");
      expect((await home.run([cmd, id])).code).toBe(1);
    }
  });
});
