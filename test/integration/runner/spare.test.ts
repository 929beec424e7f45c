import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { agentAge } from "../../../src/runner/age.ts";
import { readClaim } from "../../../src/runner/attempt-files.ts";
import { allPids, describeProcess, isAlive } from "../../support/processes.ts";
import { until } from "../../support/until.ts";
import { Rig } from "./rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.open();
});
afterEach(() => rig.dispose());

const nameOf = (pid: number) => readFileSync(`/proc/${pid}/comm`, "latin1").trim();
const childrenOf = (parent: number) => allPids().filter((pid) => describeProcess(pid)[0]?.parent === parent && isAlive(pid));

/** The zygote's spare and the child that it has forked, once both stand. */
async function spare(): Promise<{ shim: number; agent: number }> {
  let found: number[] = [];
  await until("a spare that is ready", () => {
    const [shim] = childrenOf(rig.runner.zygotePid ?? 0).filter((pid) => nameOf(pid) === "overmind-spare");
    found = shim === undefined ? [] : [shim, ...childrenOf(shim)];
    // Its child has blocked nothing any more when it waits for its order.
    return found.length === 2 && /^SigBlk:\t0+$/m.test(readFileSync(`/proc/${found[1]}/status`, "latin1"));
  });
  const [shim = 0, agent = 0] = found;
  return { shim, agent };
}

describe("a spare shim", () => {
  it("takes the next start, and another takes its place", async () => {
    const waiting = await spare();
    const observed = rig.start("exec sleep 50");
    const { shim, agent } = await observed.started();
    expect([shim.pid, agent.pid]).toEqual([waiting.shim, waiting.agent]);
    expect(nameOf(shim.pid)).toBe("overmind-shim");
    expect((await spare()).shim).not.toBe(waiting.shim);
    observed.attempt.kill();
    expect(await observed.ended()).toMatchObject({ signal: "SIGKILL", isClean: true });
  });

  it("gives its agent a session, signals and descriptors as any start does", async () => {
    await spare();
    const observed = rig.start(
      "cat /proc/self/status; cut -d' ' -f5,6 /proc/$$/stat; ls /proc/self/fd; read line || echo no input",
    );
    await observed.ended();
    const zero = "0".repeat(16);
    expect(observed.output).toContain(`SigBlk:\t${zero}\nSigIgn:\t${zero}\nSigCgt:\t${zero}\n`);
    expect(observed.output).toContain(`${observed.agentPid} ${observed.agentPid}\n0\n1\n2\n3\nno input\n`);
  });

  it("does not make the attempt older than it is", async () => {
    const { agent } = await spare();
    const ticks = Number(readFileSync(`/proc/${agent}/stat`, "latin1").split(") ")[1]?.split(" ")[19]);
    const sinceBoot = () => Number.parseFloat(readFileSync("/proc/uptime", "latin1")) * 1000;
    await until("the spare to be a second old", () => sinceBoot() - ticks * 10 > 1000);
    const observed = rig.start("exec sleep 50");
    const started = await observed.started();
    expect(started.agent).toEqual({ pid: agent, start: String(ticks) });
    const begun = readClaim(observed.paths)?.begun?.sinceBootMs ?? 0;
    expect(sinceBoot() - begun).toBeLessThan(sinceBoot() - ticks * 10 - 900);
    expect(agentAge(observed.paths)).toBeLessThanOrEqual(sinceBoot() - begun + 10);
  });

  it.each(["shim", "agent"] as const)("whose %s was killed is not missed", async (which) => {
    const waiting = await spare();
    process.kill(waiting[which], which === "agent" ? "SIGTERM" : "SIGKILL");
    await until("both to go", () => !isAlive(waiting.shim) && !isAlive(waiting.agent));
    expect(await rig.start("exit 4").ended()).toMatchObject({ code: 4 });
    expect((await spare()).shim).not.toBe(waiting.shim);
  });

  it("goes with its zygote", async () => {
    const waiting = await spare();
    process.kill(rig.runner.zygotePid ?? 0, "SIGKILL");
    await until("both to go", () => !isAlive(waiting.shim) && !isAlive(waiting.agent));
    expect(await rig.start("exit 6").ended()).toMatchObject({ code: 6 });
  });

  it("leaves to a new shim what is too long for it, and what has input", async () => {
    const waiting = await spare();
    const long = rig.start(["/bin/echo", "x".repeat(5000)]);
    const open = rig.start("read line; exit $line", { stdin: "open" });
    expect(await long.ended()).toMatchObject({ code: 0 });
    await open.attempt.writeStdin(Buffer.from("11\n"));
    expect(await open.ended()).toMatchObject({ code: 11 });
    expect(long.output).toHaveLength(5001);
    expect(isAlive(waiting.shim)).toBe(true);
  });
});
