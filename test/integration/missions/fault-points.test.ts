import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { agent, uniqueTag } from "../../support/agent.ts";
import { freshDirectory, type Home, startHome } from "../../support/home.ts";
import { commandsWith } from "../../support/processes.ts";
import { Spawned } from "../../support/spawned.ts";
import { until } from "../../support/until.ts";

const daemonPath = resolve(import.meta.dirname, "../../../dist/daemon.js");
let home: Home;
afterEach(() => home.dispose());

/** Starts a daemon that kills itself at `point`, and asks it to run an agent; answers the agent's file of starts. */
async function runInto(point: string): Promise<{ starts: string; tag: string }> {
  home = startHome({ at: freshDirectory() });
  const starts = join(home.home, "starts");
  const tag = uniqueTag();
  const daemon = new Spawned(process.execPath, [daemonPath, "--fault-point", point], { env: home.env });
  await until("the armed daemon to answer", () => home.daemonPid().catch(() => null));
  const argv = agent("--tag", tag, "--starts", starts, "--run-for", 300, "--exit-code", 6);
  await home.ask("run", { argv, cwd: "/", name: "victim" }).catch(() => null);
  expect(await daemon.finished).toMatchObject({ signal: "SIGKILL" });
  return { starts, tag };
}

describe("a daemon that dies", () => {
  it("between the intent and the start leaves a mission that is told honestly and never ran", async () => {
    const { starts, tag } = await runInto("after_intent");
    expect((await home.run(["start"])).code).toBe(0);
    await home.run(["wait", "victim"]);
    const info = await home.info("victim");
    const runs = existsSync(starts) ? readFileSync(starts, "utf8").trim().split("\n").length : 0;
    // Either it was never run and is lost, or the next daemon ran it once: nothing between and nothing twice.
    if (runs === 0) expect(info).toMatchObject({ status: "crashed", reason: "lost", exit_code: null });
    else expect([runs, info.exit_code]).toEqual([1, 6]);
    expect(commandsWith(tag)).toEqual([]);
  });

  it("between the start and the record of the pid leaves an agent that is adopted, or none, and never two", async () => {
    const { starts, tag } = await runInto("after_start_request");
    expect((await home.run(["start"])).code).toBe(0);
    await home.run(["wait", "victim"]);
    const info = await home.info("victim");
    const runs = existsSync(starts) ? readFileSync(starts, "utf8").trim().split("\n").length : 0;
    expect(runs).toBeLessThanOrEqual(1);
    if (runs === 1) expect(info).toMatchObject({ exit_code: 6, reason: "failed" });
    else expect(info).toMatchObject({ exit_code: null, reason: "lost" });
    expect(commandsWith(tag)).toEqual([]);
  });
});
