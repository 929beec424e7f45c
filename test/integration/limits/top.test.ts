import { afterAll, describe, expect, it } from "vitest";
import type { TopView } from "../../../src/protocol/top.ts";
import { startHome } from "../../support/home.ts";
import { until } from "../../support/until.ts";

const home = startHome();
afterAll(() => home.dispose());

describe("top", () => {
  it("prints once without a terminal: live missions, the busiest first", async () => {
    const idle = await home.start("--name", "idle", "sleep 60");
    const busy = await home.start("--name", "busy", "while :; do :; done");
    const { code, stdout, stderr } = await home.run(["top"]);
    expect([code, stderr]).toEqual([0, ""]);
    const [head, first, second] = stdout.split("\n");
    expect(head).toMatch(/^ID +NAME +STATUS +CPU% +MEMORY +PROCS +UPTIME +RESTARTS +TOKENS +COST +COMMAND$/);
    expect([first, second]).toEqual([expect.stringContaining(busy), expect.stringContaining(idle)]);
    await home.run(["kill", busy]);
    expect((await home.run(["top", "--once"])).stdout).not.toContain("busy");
  });

  it("counts all processes of a mission, also the time of those that have ended", async () => {
    const id = await home.start("--name", "forks", "sleep 60 & sleep 60 & while :; do /bin/true; done");
    const row = await until("its CPU", async () => {
      const view: TopView = JSON.parse((await home.run(["top", "--json"])).stdout);
      const found = view.missions.find((one) => one.id === id);
      return (found?.cpu_percent ?? 0) > 5 ? found : null;
    });
    expect(row.processes).toBeGreaterThanOrEqual(3);
    expect(row.memory_bytes).toBeGreaterThan(1_000_000);
    expect(row).toMatchObject({ restart_count: 0, tokens: null, cost: null, status: "running" });
    await home.run(["kill", id]);
  });

  it("shows a mission that backs off, with nothing measured", async () => {
    const id = await home.start("--restart", "on-failure", "--backoff", "60s", "false");
    await home.ask("wait", { id, for: ["restarting"] });
    const { missions }: TopView = await home.ask("top", { once: true });
    expect(missions.find((one) => one.id === id)).toMatchObject({ status: "restarting", cpu_percent: null, memory_bytes: null });
    await home.run(["kill", id]);
  });

  it("streams looks to whoever asks, until they go", async () => {
    const wire = home.wire();
    wire.start("top", { interval_ms: 200 });
    await until("three looks", () => wire.events.length >= 3);
    wire.close();
    expect(wire.events[0]).toMatchObject({ time: expect.any(String), missions: expect.any(Array) });
    expect((await home.ask("status")).missions).toBeDefined();
  });

  it("goes on printing for a script that names an interval", async () => {
    const top = home.spawn(["top", "--json", "--interval", "300ms"]);
    await until("two lines", () => top.stdout.split("\n").length > 2);
    top.child.kill("SIGINT");
    await top.finished;
    for (const line of top.stdout.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("missions");
  });

  it.each([0, 199, -1, "1s"])("refuses the interval %j on the wire", async (interval_ms) => {
    await expect(home.ask("top", { interval_ms })).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("refuses an interval that is no duration", async () => {
    expect(await home.run(["top", "--interval", "abc"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--interval"),
    });
  });
});
