import { afterAll, describe, expect, it } from "vitest";
import { startHome } from "../../support/home.ts";
import { isAlive } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

const home = startHome();
afterAll(() => home.dispose());

const sleeper = "exec sleep 1000";

async function family(): Promise<Record<"parent" | "kept" | "stopped" | "killed" | "grandchild", string>> {
  const parent = await home.start(sleeper);
  const child = (choice: string, of = parent) => home.start("--parent", of, "--on-parent-exit", choice, sleeper);
  const made = { parent, kept: await child("keep"), stopped: await child("stop"), killed: await child("kill") };
  return { ...made, grandchild: await child("stop", made.stopped) };
}

async function expectEnded(ids: Awaited<ReturnType<typeof family>>): Promise<void> {
  expect(await home.wait(ids.stopped)).toMatchObject({ status: "stopped", reason: "parent" });
  expect(await home.wait(ids.killed)).toMatchObject({ status: "killed", reason: "parent" });
  expect(await home.wait(ids.grandchild)).toMatchObject({ status: "stopped", reason: "parent" });
  expect((await home.info(ids.kept)).status).toBe("running");
}

describe("when a parent ends", () => {
  it.each([
    ["by itself", async (id: string) => process.kill(await home.agentPid(id), "SIGKILL")],
    ["stopped", (id: string) => home.ask("stop", { id })],
    ["killed", (id: string) => home.ask("kill", { id })],
  ])("%s, its children end as they were told to, and theirs in turn", async (_how, end) => {
    const ids = await family();
    await end(ids.parent);
    await expectEnded(ids);
  });

  it("which the next daemon finds out, they end just the same", async () => {
    const ids = await family();
    const pid = await home.agentPid(ids.parent);
    await home.killDaemon("SIGKILL");
    process.kill(pid, "SIGKILL");
    await home.run(["start"]);
    await expectEnded(ids);
  });

  it("only as an attempt that is followed by another, they stay", async () => {
    const parent = await home.start("--restart", "always", "--backoff", "0", sleeper);
    const child = await home.start("--parent", parent, "--on-parent-exit", "kill", sleeper);
    const pid = await home.agentPid(parent);
    process.kill(pid, "SIGKILL");
    await until("the next attempt", async () => (await home.info(parent)).attempt === 2);
    expect((await home.info(child)).status).toBe("running");
    expect(isAlive(await home.agentPid(child))).toBe(true);
  });

  it("only a child that lives counts: one made later is allowed and stays, also for the next daemon", async () => {
    const parent = await home.start("true");
    await home.wait(parent);
    const child = await home.start("--parent", parent, "--on-parent-exit", "kill", sleeper);
    await home.killDaemon("SIGKILL");
    await home.run(["start"]);
    expect((await home.info(child)).status).toBe("running");
    await home.ask("restart", { id: parent });
    expect(await home.wait(child)).toMatchObject({ status: "killed", reason: "parent" });
  });

  it("children that a person restarted afterwards stay", async () => {
    const parent = await home.start("true");
    const child = await home.start("--parent", parent, "--on-parent-exit", "stop", sleeper);
    await home.wait(parent);
    await home.ask("stop", { id: child });
    await home.ask("restart", { id: child });
    await home.killDaemon("SIGKILL");
    await home.run(["start"]);
    expect((await home.info(child)).status).toBe("running");
  });
});
