import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { agent } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";
import { until } from "../../support/until.ts";

const home = startHome({ config: "log_max_bytes = 1048576\n" });
afterAll(() => home.dispose());

const diskBytes = (id: string) => statSync(join(home.home, "missions", id, "1.output")).blocks * 512;

describe("output beyond log_max_bytes", () => {
  it("is dropped from the old end, with one marker that says how much, and the rest is whole", async () => {
    const id = await home.start("--", ...agent("--quiet", "--lines", 200_000, "--line-bytes", 100));
    await home.wait(id);
    await until("the disk use to be back at its limit", () => diskBytes(id) <= 2 * 2 ** 20, { seen: () => diskBytes(id) });
    const [marker = "", ...lines] = (await home.run(["logs", id])).stdout.trimEnd().split("\n");
    expect(marker).toMatch(/^--- dropped \d+ bytes of older output ---$/);
    const numbers = lines.map((line) => Number.parseInt(line, 10));
    expect(numbers.at(-1)).toBe(200_000);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    const dropped = Number(marker.split(" ")[2]);
    expect(dropped + numbers.length * 100).toBe(20_000_000);
    expect(numbers.length * 100).toBeGreaterThan(500_000);
  });

  it("is brought back within 2 s of a start when it grew while no daemon ran", async () => {
    const gate = join(home.home, "gate");
    const id = await home.start(
      `until [ -e ${gate} ]; do sleep 0.05; done; ${agent("--quiet", "--lines", 200_000, "--line-bytes", 100).join(" ")}; echo end; sleep 1000`,
    );
    // Nobody starts it while no daemon runs.
    await home.agentPid(id);
    await home.killDaemon("SIGKILL");
    writeFileSync(gate, "");
    await until("the agent to have written", () => diskBytes(id) > 19_000_000, { seen: () => diskBytes(id) });
    await home.run(["start"]);
    await until("the disk use to be back", () => diskBytes(id) <= 2 * 2 ** 20, { timeoutMs: 4000, seen: () => diskBytes(id) });
    expect((await home.run(["logs", id])).stdout).toMatch(/^--- dropped \d+ bytes[^\n]*\n\d/);
    await home.ask("kill", { id });
  });
});
