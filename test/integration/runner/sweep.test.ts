import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agent, agentLine, uniqueTag } from "../../support/agent.ts";
import { commandsWith, isAlive } from "../../support/processes.ts";
import { Spawned } from "../../support/spawned.ts";
import { until } from "../../support/until.ts";
import { type Observed, Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.open();
});
afterAll(() => rig.dispose());

const brood = ["--fork", "--setsid-child", "--double-fork"];

/** Starts an agent with three kinds of children and waits until all stand. */
async function startBrood(tag: string): Promise<Observed> {
  const observed = rig.start(agent("--tag", tag, ...brood));
  await observed.printed("ready");
  await until("four processes", () => commandsWith(tag).length === 4);
  return observed;
}

describe("what an agent leaves", () => {
  it("is ended after a stop: background child, setsid child, double-forked grandchild", async () => {
    const tag = uniqueTag();
    const observed = await startBrood(tag);
    observed.attempt.signalGroup("SIGTERM");
    expect(await observed.ended()).toMatchObject({ signal: "SIGTERM", isClean: false });
    const swept = await observed.attempt.sweep({ isNatural: false });
    expect(swept.map(({ fate }) => fate)).toEqual(swept.map(() => "ended"));
    expect(swept.length).toBeGreaterThanOrEqual(2);
    expect(commandsWith(tag)).toEqual([]);
  });

  it("is ended after a natural end, and listed", async () => {
    const tag = uniqueTag();
    // Not counted first: that takes a look at the whole machine, which may last longer than the agent lives.
    const observed = rig.start(agent("--tag", tag, ...brood, "--run-for", 300));
    expect(await observed.ended()).toMatchObject({ code: 0, isClean: false });
    const swept = await observed.attempt.sweep({ isNatural: true });
    expect(swept).toHaveLength(3);
    expect(swept.every(({ command }) => command.includes(tag))).toBe(true);
    expect(commandsWith(tag)).toEqual([]);
  });

  it("is found without its marker, its session and its parent", async () => {
    const tag = uniqueTag();
    const observed = rig.start(`(setsid env -i ${agentLine("--tag", tag, "--quiet")} &); sleep 0.3`);
    expect(await observed.ended()).toMatchObject({ isClean: false });
    expect(await observed.attempt.sweep({ isNatural: false })).toHaveLength(1);
    expect(commandsWith(tag)).toEqual([]);
  });

  it("is ended when it is stopped or ignores SIGTERM", async () => {
    const tag = uniqueTag();
    const observed = rig.start(
      `${agentLine("--tag", tag, "--quiet")} & ${agentLine("--tag", tag, "--ignore-term")} & sleep 0.3; kill -STOP %1`,
    );
    await observed.ended();
    expect(await observed.attempt.sweep({ isNatural: false, graceMs: 200 })).toHaveLength(2);
    expect(commandsWith(tag)).toEqual([]);
  });

  it("is not listed when it ends by itself in time", async () => {
    const gate = join(rig.home, "gate");
    const observed = rig.start(`(until [ -e ${gate} ]; do sleep 0.05; done) & true`);
    expect(await observed.ended()).toMatchObject({ code: 0, isClean: false });
    const swept = observed.attempt.sweep({ isNatural: true });
    writeFileSync(gate, "");
    expect(await swept).toEqual([]);
  });

  it("lives on when it is released, and its shim goes", async () => {
    const tag = uniqueTag();
    const observed = rig.start(`${agentLine("--tag", tag, "--quiet")} & sleep 0.2`);
    const { shim } = await observed.started();
    await observed.ended();
    observed.attempt.release();
    await until("the shim to go", () => !isAlive(shim.pid));
    const [left] = commandsWith(tag);
    expect(left).toBeDefined();
    if (left) process.kill(left.pid, "SIGKILL");
  });

  it("is kept by name, with what it runs", async () => {
    const tag = uniqueTag();
    const observed = rig.start(`perl -e '$0 = "adb ${tag}"; system "sleep", "61.${process.pid}"' & sleep 0.3`);
    await observed.ended();
    const swept = await observed.attempt.sweep({ isNatural: true });
    expect(swept.map(({ fate }) => fate)).toEqual(["kept", "kept"]);
    for (const { pid } of swept) process.kill(pid, "SIGKILL");
  });
});

describe("what is not the agent's", () => {
  it("survives: a process with the same command line", async () => {
    const tag = uniqueTag();
    const lookAlike = new Spawned(agent("--tag", tag)[0] ?? "", agent("--tag", tag, "--setsid-child").slice(1));
    await lookAlike.says("ready");
    const observed = await rig.start(agent("--tag", tag, "--setsid-child"));
    await observed.printed("ready");
    observed.attempt.kill();
    await observed.ended();
    await observed.attempt.sweep({ isNatural: false, graceMs: 0 });
    expect(commandsWith(tag)).toHaveLength(2);
    for (const { pid } of commandsWith(tag)) process.kill(pid, "SIGKILL");
    await lookAlike.finished;
  });

  it("survives: a daemon that the agent started, with what it runs", async () => {
    const tag = uniqueTag();
    const daemon = `(OVERMIND_DAEMON=/elsewhere setsid ${agentLine("--tag", tag, "--fork")} &)`;
    const observed = rig.start(`${daemon}; read -r _`, { stdin: "open" });
    // Until it runs, nothing tells that it is no child of the agent.
    await observed.printed("ready");
    await observed.attempt.writeStdin(Buffer.from("\n"));
    await observed.ended();
    expect(await observed.attempt.sweep({ isNatural: false })).toEqual([]);
    expect(commandsWith(tag)).toHaveLength(2);
    for (const { pid } of commandsWith(tag)) process.kill(pid, "SIGKILL");
  });

  it("survives: another mission of the same home", async () => {
    const other = rig.start("sleep 100");
    await other.started();
    const observed = rig.start("sleep 0.1 & true");
    await observed.ended();
    await observed.attempt.sweep({ isNatural: false, graceMs: 0 });
    expect(isAlive(other.agentPid)).toBe(true);
    other.attempt.kill();
    await other.ended();
  });
});

describe("a shim that somebody kills", () => {
  it("makes the attempt lost, and the sweep ends the agent and all it started", async () => {
    const tag = uniqueTag();
    const observed = await startBrood(tag);
    const { shim } = await observed.started();
    process.kill(shim.pid, "SIGKILL");
    expect(await observed.ended()).toEqual({ type: "lost" });
    expect(observed.attempt.agent).not.toBeNull();
    await observed.attempt.sweep({ isNatural: true });
    expect(commandsWith(tag)).toEqual([]);
  });

  it("after the end changes nothing of what was told", async () => {
    const observed = rig.start("sleep 30 & exit 6");
    const { shim } = await observed.started();
    expect(await observed.ended()).toMatchObject({ code: 6 });
    process.kill(shim.pid, "SIGKILL");
    await until("the shim to go", () => !isAlive(shim.pid));
    expect(await observed.attempt.sweep({ isNatural: false })).toHaveLength(1);
    expect(observed.facts).toHaveLength(2);
  });

  it("cannot be ended by what can be caught", async () => {
    const observed = rig.start("sleep 0.5; exit 8");
    const { shim } = await observed.started();
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGALRM"] as const)
      process.kill(shim.pid, signal);
    expect(await observed.ended()).toMatchObject({ code: 8 });
  });
});
