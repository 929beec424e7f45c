import { afterAll, describe, expect, it } from "vitest";
import { startHome } from "../../support/home.ts";

const home = startHome();
afterAll(() => home.dispose());

const why = async (id: string) => (await home.run(["why", id])).stdout;

describe("why", () => {
  it("tells of restarts, the delay that runs, and giving up", async () => {
    const slow = await home.start("--name", "slow", "--restart", "always", "--max-restarts", "2", "--backoff", "30s", "exit 3");
    await home.ask("wait", { id: slow, for: ["restarting"] });
    expect(await why(slow)).toMatch(/^slow backs off: restart 1 of 2 comes in \d+s \(\S+ \S+Z\)\.\n/);
    await home.ask("kill", { id: slow });
    const id = await home.start("--name", "flaky", "--restart", "on-failure", "--max-restarts", "2", "--backoff", "20", "exit 3");
    await home.wait(id);
    const told = await why("flaky");
    expect(told).toMatch(
      /^flaky crashed \d+m?s ago \(\S+ \S+Z\): it failed \(exit code 3\), and was given up after 2 restarts within 60s\.\n/,
    );
    expect(told).toMatch(/Z +\d+m?s ago {2}Attempt 1 failed with exit code 3 after \d+ms\.\n/);
    expect(told).toContain("Gave up: it had been restarted twice within 60s of running.");
  });

  it("tells who stopped it: the command line, a client, or a mission", async () => {
    const byHand = await home.start("sleep 1000");
    await home.run(["stop", byHand]);
    expect(await why(byHand)).toContain("asked for by the command line.");
    const byClient = await home.start("sleep 1000");
    await home.ask("kill", { id: byClient });
    expect(await why(byClient)).toMatch(/was killed .*, asked for by a client\./);
    const victim = await home.start("sleep 1000");
    const agent = await home.ask("run", { command: `overmind stop ${victim}`, env: await pathWithOvermind() });
    await home.wait(agent.id);
    expect(await why(victim)).toContain(`asked for by mission ${agent.id}.`);
  });

  it("tells that a new daemon took it up", async () => {
    const id = await home.start("sleep 1000");
    await home.agentPid(id);
    await home.killDaemon();
    expect(await why(id)).toMatch(/A new daemon took it up: attempt 1 was still running, pid \d+\./);
    await home.ask("kill", { id });
  });

  it("answers JSON, also of what was removed, and refuses what never was", async () => {
    const id = await home.start("true");
    await home.wait(id);
    const { name, status, summary, story, is_cut } = JSON.parse((await home.run(["why", id, "--json"])).stdout);
    expect([name.length > 0, status, is_cut]).toEqual([true, "stopped", false]);
    expect(summary).toMatch(/ended with success/);
    expect(story[0]).toEqual({
      seq: expect.any(Number),
      time: expect.stringMatching(/Z$/),
      text: expect.stringMatching(/^Made as /),
    });
    await home.run(["rm", id]);
    expect(await why(id)).toMatch(/^It was removed\./);
    expect(await home.run(["why", "nobody"])).toMatchObject({ code: 1, stderr: expect.stringContaining("not_found") });
  });

  it("-n shows the newest sentences and says that there is more", async () => {
    const id = await home.start("true");
    await home.wait(id);
    const told = (await home.run(["why", "-n", "1", id])).stdout.trimEnd().split("\n");
    expect(told.slice(1)).toEqual([
      "",
      expect.stringMatching(/^\(older events are left out: overmind events --mission [a-z]+-[a-z]+\)$/),
      expect.stringContaining("Stopped (completed"),
    ]);
  });
});

async function pathWithOvermind(): Promise<Record<string, string>> {
  const { stdout } = await home.shell("dirname $(command -v overmind); dirname $(command -v node); echo $PATH");
  return { PATH: stdout.trim().split("\n").join(":") };
}
