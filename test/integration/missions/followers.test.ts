import { createConnection } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { agent } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";
import { residentBytes } from "../../support/processes.ts";

const home = startHome();
afterAll(() => home.dispose());

describe("ten followers, one of which never reads", () => {
  it("see everything, all but the one, and the daemon's memory stays bounded", { timeout: 120_000 }, async () => {
    await home.run(["start"]);
    const pid = (await home.daemonPid()) ?? 0;
    // 60 MB of output once the followers are there.
    const id = await home.start(`sleep 1; ${agent("--quiet", "--lines", 600_000, "--line-bytes", 100).join(" ")}`);
    const deaf = createConnection(home.socket);
    deaf.on("error", () => {});
    deaf.pause();
    deaf.write(`${JSON.stringify({ id: 1, cmd: "logs", args: { id, follow: true } })}\n`);
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, residentBytes(pid));
    }, 50);
    const followers = Array.from({ length: 9 }, () => home.shell(`overmind logs -f ${id} | sha256sum`, { timeoutMs: 110_000 }));
    const sums = new Set((await Promise.all(followers)).map((ended) => ended.stdout));
    clearInterval(watch);
    const expected = await home.shell(`${agent("--quiet", "--lines", 600_000, "--line-bytes", 100).join(" ")} | sha256sum`);
    expect([...sums]).toEqual([expected.stdout]);
    expect(peak).toBeGreaterThan(0);
    expect(peak / 2 ** 20).toBeLessThan(300);
    expect(await home.daemonPid()).toBe(pid);
    deaf.destroy();
  });
});
