import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { uniqueTag } from "../support/agent.ts";
import { overmindPath, plainEnvironment, runMarker } from "../support/home.ts";
import { environmentOf, processesWith } from "../support/processes.ts";
import { Spawned } from "../support/spawned.ts";
import { until } from "../support/until.ts";

// Seeds that once found something are kept here for good.
const seeds = [1, 11, 23, 24, 105, 109];
const minutes = 0.3;

describe.each(seeds)("a daemon that is hurt in every way for a while, seed %i", (seed) => {
  it("loses nothing, runs nothing twice and leaves nothing behind", async () => {
    const words = ["doctor", "--chaos", "--json", "--minutes", String(minutes), "--seed", String(seed)];
    const { code, stdout, stderr } = await new Spawned(overmindPath, words, { env: plainEnvironment(), timeoutMs: 170_000 })
      .finished;
    const report = JSON.parse(stdout || "null");
    expect(report?.violations, `${stderr}\nkept in ${report?.kept}`).toEqual([]);
    expect(code).toBe(0);
    // Node's word for what it takes for a leak, between the lines of the report.
    expect(stderr).not.toContain("Warning");
    expect(report).toMatchObject({ seed, kept: null });
    expect(report.missions).toBeGreaterThan(10);
    expect(report.listeners).toBeGreaterThan(0);
    expect(Object.values<number>(report.faults).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5);
  });
});

describe("overmind doctor --chaos", () => {
  it.each([
    [["--minutes", "0"], "--minutes takes a number above 0"],
    [["--minutes", "x"], "--minutes takes a number"],
  ])("refuses %j", async (words, message) => {
    const { code, stderr } = await new Spawned(overmindPath, ["doctor", "--chaos", ...words], { env: plainEnvironment() })
      .finished;
    expect([code, stderr.includes(message)]).toEqual([2, true]);
  });

  it("leaves nothing behind where it is ended before its time", async () => {
    // Others of this machine may make a sandbox meanwhile; all that this one starts bears the word.
    const word = `${runMarker}-${uniqueTag()}`;
    const env = plainEnvironment({ OVERMIND_TEST_RUN: word });
    const chaos = new Spawned(overmindPath, ["doctor", "--chaos", "--minutes", "5"], { env });
    const root = await until("its daemon", () => {
      const entries = processesWith(word).flatMap(({ pid }) => environmentOf(pid));
      const home = entries.find((entry) => entry.startsWith("OVERMIND_HOME=/tmp/ovm-chaos-"))?.replace("OVERMIND_HOME=", "");
      return home !== undefined && existsSync(join(home, "overmind.sock")) && dirname(home);
    });
    chaos.child.kill("SIGTERM");
    const { code, stdout, stderr } = await chaos.finished;
    expect([code, stdout, stderr]).toEqual([143, "", expect.stringContaining("ended by SIGTERM; nothing of it is left")]);
    expect([existsSync(root), processesWith(root), processesWith(word)]).toEqual([false, [], []]);
    expect(readFileSync("/proc/mounts", "utf8")).not.toContain(root);
  });

  it("takes --seed only with it", async () => {
    const { code, stderr } = await new Spawned(overmindPath, ["doctor", "--seed", "1"], { env: plainEnvironment() }).finished;
    expect([code, stderr]).toEqual([2, expect.stringContaining("belong to --chaos")]);
  });
});
