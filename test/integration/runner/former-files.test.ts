import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { missionPaths } from "../../../src/base/paths.ts";
import { takeClaim } from "../../../src/runner/attempt-files.ts";
import { readStat } from "../../../src/runner/identity.ts";
import { findAttempt } from "../../../src/supervisor/recovery/find-attempt.ts";
import { Rig } from "./rig.ts";

// As a former version left it: a directory for each attempt, claim and exit in files of their own.
let rig: Rig;
let shim: ChildProcess;
beforeEach(async () => {
  rig = await Rig.open();
  shim = spawn("sleep", ["100"], { stdio: "ignore" });
  await once(shim, "spawn");
});
afterEach(async () => {
  shim.kill("SIGKILL");
  await rig.dispose();
});

const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();

function formerMission(id: string) {
  const mission = rig.mission(id);
  mkdirSync(join(mission.directory, "1"));
  const { former } = missionPaths(rig.paths, id).attempt(1);
  if (former === null) throw new Error("this is not the former place");
  return { mission: missionPaths(rig.paths, id), former };
}

function claimText(pid: number): string {
  const { namespace } = rig.host;
  const start = readStat(pid)?.start;
  return `boot ${boot} ${namespace}\nshim ${pid} ${start} subreaper\nagent ${pid} ${start}\n`;
}

describe("an attempt of a former version", () => {
  it("that still runs is adopted, and its end is read where its shim writes it", async () => {
    const { former } = formerMission("old");
    const pid = shim.pid ?? 0;
    writeFileSync(former.claim, claimText(pid));
    writeFileSync(former.exit, "pending".padEnd(128));
    const observed = rig.adopt("old");
    if (typeof observed === "string") throw new Error(observed);
    expect(await observed.started()).toMatchObject({ isAdopted: true, agent: { pid } });
    writeFileSync(`${former.exit}.new`, `${"17 - 1700000000000 clean".padEnd(127)}\n`);
    renameSync(`${former.exit}.new`, former.exit);
    shim.kill("SIGKILL");
    expect(await observed.ended()).toMatchObject({ type: "exited", code: 17, endedAt: 1_700_000_000_000 });
  });

  it("is followed by attempts in directories beside it", async () => {
    const { mission } = formerMission("next");
    const observed = rig.start("echo again; exit 3", { mission: "next", paths: mission, attempt: 2 });
    expect(await observed.ended()).toMatchObject({ code: 3 });
    expect(readFileSync(join(mission.directory, "2", "output"), "latin1")).toBe("again\n");
    expect(existsSync(join(mission.directory, "2", "record"))).toBe(true);
  });

  it("that nobody claimed can be claimed for good, also against a shim of that version", () => {
    const { mission, former } = formerMission("late");
    expect(findAttempt(mission.attempt(1), rig.host)).toBe("never_started");
    expect(existsSync(former.claim)).toBe(true);
    expect(takeClaim(mission.attempt(1))).toBe(false);
    expect(findAttempt(mission.attempt(1), rig.host)).toBe("never_started");
  });
});
