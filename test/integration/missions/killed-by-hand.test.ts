import { afterAll, describe, expect, it } from "vitest";
import { agent, uniqueTag } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";
import { commandsWith, describeProcess } from "../../support/processes.ts";

const home = startHome();
afterAll(() => home.dispose());

async function startTagged(): Promise<{ id: string; tag: string; pid: number }> {
  const tag = uniqueTag();
  const id = await home.start("--", ...agent("--tag", tag, "--fork", "--setsid-child"));
  await home.printed(id, "ready");
  return { id, tag, pid: await home.agentPid(id) };
}

describe.each([
  ["while the daemon lives", false],
  ["while no daemon runs", true],
])("%s", (_when, isDaemonDead) => {
  it("an agent killed by hand is recorded with its signal and its survivors are swept", async () => {
    const { id, tag, pid } = await startTagged();
    expect((await home.logs(id)).trim()).toBe(`ready ${pid}`);
    if (isDaemonDead) await home.killDaemon("SIGKILL");
    process.kill(pid, "SIGKILL");
    expect((await home.run(["wait", id])).code).toBe(137);
    expect(await home.info(id)).toMatchObject({ status: "crashed", reason: "signaled", signal: "SIGKILL", exit_code: 137 });
    expect(commandsWith(tag)).toEqual([]);
  });

  it("a shim killed by hand makes the mission lost, with no invented code, and the agent is ended", async () => {
    const { id, tag, pid } = await startTagged();
    const shim = describeProcess(pid)[0]?.parent ?? 0;
    expect(shim).toBeGreaterThan(1);
    if (isDaemonDead) await home.killDaemon("SIGKILL");
    process.kill(shim, "SIGKILL");
    const waited = await home.run(["wait", id]);
    expect([waited.code, waited.stderr]).toEqual([125, expect.stringContaining("lost")]);
    expect(await home.info(id)).toMatchObject({ status: "crashed", reason: "lost", exit_code: null });
    expect(commandsWith(tag)).toEqual([]);
  });

  it("an agent and its shim killed by hand together leave nothing behind", async () => {
    const { id, tag, pid } = await startTagged();
    const shim = describeProcess(pid)[0]?.parent ?? 0;
    if (isDaemonDead) await home.killDaemon("SIGKILL");
    process.kill(shim, "SIGKILL");
    process.kill(pid, "SIGKILL");
    await home.run(["wait", id]);
    expect(await home.info(id)).toMatchObject({ status: "crashed", exit_code: null, reason: "lost" });
    expect(commandsWith(tag)).toEqual([]);
  });
});
