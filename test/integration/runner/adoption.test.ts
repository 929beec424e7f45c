import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missionPaths } from "../../../src/base/paths.ts";
import { isAlive } from "../../support/processes.ts";
import { Spawned } from "../../support/spawned.ts";
import { until } from "../../support/until.ts";
import { type Observed, Rig } from "./rig.ts";

let rig: Rig;
let program: string;
beforeAll(async () => {
  rig = await Rig.open();
  rig.runner.close();
  program = join(rig.home, "former-daemon.mjs");
  const entry = resolve(import.meta.dirname, "former-daemon.ts");
  await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", outfile: program, logLevel: "error" });
});
afterAll(() => rig.dispose());

/** Lets another process start the missions and kills it once all run. */
async function startAndDie(missions: Readonly<Record<string, string>>): Promise<void> {
  // A home has one reader of facts.
  rig.runner.close();
  for (const id of Object.keys(missions)) rig.mission(id);
  const former = new Spawned(process.execPath, [
    program,
    rig.home,
    ...Object.entries(missions).map(([id, command]) => `${id}=${command}`),
  ]);
  await former.says("all started");
  former.child.kill("SIGKILL");
  await former.finished;
}

function adopt(mission: string): Observed {
  const adopted = rig.adopt(mission);
  if (typeof adopted === "string") throw new Error(`${mission} was ${adopted}`);
  return adopted;
}

const recordOf = (mission: string) => readFileSync(missionPaths(rig.paths, mission).attempt(1).record, "latin1");
const agentOf = (mission: string) => Number(/^agent (\d+)/m.exec(recordOf(mission))?.[1]);

describe("after the daemon was killed", () => {
  it("agents run on, are adopted with their pids, and tell their true ends", async () => {
    await startAndDie({ late: "sleep 1; exit 21", early: "exit 22", leaves: "sleep 50 & exit 23", killed: "sleep 50" });
    await until("the short ones to end", () => ["early", "leaves"].every((id) => recordOf(id)[127] === "\n"));
    await rig.replaceRunner();

    const late = adopt("late");
    const early = adopt("early");
    const leaves = adopt("leaves");
    const killed = adopt("killed");
    expect(await late.started()).toMatchObject({ isAdopted: true, agent: { pid: agentOf("late") } });
    expect(await late.ended()).toMatchObject({ type: "exited", code: 21, isClean: true });
    expect(await early.ended()).toMatchObject({ type: "exited", code: 22, isClean: true });
    expect(await leaves.ended()).toMatchObject({ type: "exited", code: 23, isClean: false });
    expect(await leaves.attempt.sweep({ isNatural: false })).toHaveLength(1);
    expect(killed.attempt.kill() || (await killed.started())).toBeTruthy();
    expect(await killed.ended()).toMatchObject({ signal: "SIGKILL" });
  });

  it("the zygote goes and the shims stay", async () => {
    await startAndDie({ stays: "sleep 50" });
    await rig.replaceRunner();
    const stays = adopt("stays");
    const { shim, agent } = await stays.started();
    expect([isAlive(shim.pid), isAlive(agent.pid)]).toEqual([true, true]);
    stays.attempt.signalGroup("SIGTERM");
    expect(await stays.ended()).toMatchObject({ signal: "SIGTERM" });
  });

  it("an attempt whose shim is gone too is lost, and its agent can be ended", async () => {
    await startAndDie({ orphan: "sleep 50" });
    const shim = Number(/^shim (\d+)/m.exec(recordOf("orphan"))?.[1]);
    process.kill(shim, "SIGKILL");
    await until("the shim to go", () => !isAlive(shim));
    await rig.replaceRunner();
    const orphan = adopt("orphan");
    expect(await orphan.ended()).toEqual({ type: "lost" });
    expect(isAlive(agentOf("orphan"))).toBe(true);
    await orphan.attempt.sweep({ isNatural: false });
    expect(isAlive(agentOf("orphan"))).toBe(false);
  });

  it("a shim that is killed after the adoption is noticed", async () => {
    await startAndDie({ watched: "sleep 50" });
    await rig.replaceRunner();
    const watched = adopt("watched");
    const { shim } = await watched.started();
    process.kill(shim.pid, "SIGKILL");
    expect(await watched.ended()).toEqual({ type: "lost" });
    await watched.attempt.sweep({ isNatural: false });
  });
});

describe("an attempt that cannot be taken up", () => {
  const claimed = (id: string, claim: string) => {
    writeFileSync(rig.mission(id).attempt(1).record, `${"pending".padEnd(128)}${claim}`);
    return rig.adopt(id);
  };
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  const self = `shim ${process.pid} 1 subreaper\nagent ${process.pid} 1\n`;

  it("was never claimed", () => {
    rig.mission("fresh");
    expect(rig.adopt("fresh")).toBe("unclaimed");
  });

  it("did not outlive its boot", () => {
    expect(claimed("rebooted", `boot other-boot 1\n${self}`)).toBe("gone");
  });

  it("belongs to another pid namespace", () => {
    expect(claimed("elsewhere", `boot ${boot} 1\n${self}`)).toBe("foreign");
  });

  it("was claimed by recovery", () => {
    expect(claimed("recovered", "recovery 1\n")).toBe("gone");
  });
});
