import { existsSync, mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { agentLine } from "../../support/agent.ts";
import { freshDirectory, type Home, startHome } from "../../support/home.ts";
import { isAlive } from "../../support/processes.ts";
import { canMount, mountSmallDisk } from "../../support/small-disk.ts";
import { until } from "../../support/until.ts";

/** Fills a file system until not one byte more goes in. */
function fill(directory: string): void {
  for (const size of [2 ** 20, 2 ** 16, 4096, 1]) {
    for (;;) {
      try {
        writeFileSync(join(directory, "ballast"), Buffer.alloc(size), { flag: "a" });
      } catch {
        break;
      }
    }
  }
  expect(statfsSync(directory).bavail).toBe(0);
}

async function onDisk(megabytes: number, test: (home: Home, disk: string) => Promise<void>): Promise<void> {
  const disk = mountSmallDisk(`size=${megabytes}m,mode=700`);
  if (disk === null) throw new Error("mounting was permitted a moment ago");
  mkdirSync(join(disk.path, "home"));
  const home = startHome({ at: join(disk.path, "home") });
  try {
    await test(home, disk.path);
  } finally {
    rmSync(join(disk.path, "ballast"), { force: true });
    await home.dispose();
    disk.unmount();
  }
}

const scratch = startHome({ at: freshDirectory() });
afterAll(() => scratch.dispose());

// Root may mount a small tmpfs; elsewhere there is no way to fill a disk of our own.
describe.skipIf(!canMount)("a full disk", () => {
  it("refuses a new mission with a clear error, answers questions, and recovers when there is room", async () => {
    await onDisk(24, async (home, disk) => {
      const before = await home.start("exit 3");
      await home.wait(before);
      fill(disk);
      const refused = await home.run(["run", "--name", "no-room", "true"]);
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toMatch(/^Error: .*\(disk_full\)/);
      expect(await home.info(before)).toMatchObject({ exit_code: 3 });
      expect((await home.run(["ps"])).code).toBe(0);
      rmSync(join(disk, "ballast"));
      expect((await home.run(["run", "--wait", "exit 4"])).code).toBe(4);
    });
  });

  it("loses neither the daemon nor the code of an agent that ends meanwhile", async () => {
    await onDisk(24, async (home, disk) => {
      const gate = join(scratch.home, "gate");
      const id = await home.start(`while [ ! -e ${gate} ]; do sleep 0.05; done; exit 9`);
      const agentPid = await home.agentPid(id);
      fill(disk);
      writeFileSync(gate, "");
      const pid = await home.daemonPid();
      await until("the agent to be gone", () => !isAlive(agentPid));
      expect(await home.daemonPid()).toBe(pid);
      const waiting = home.wait(id);
      expect((await home.run(["ps", "-q"])).stdout).toContain(id);
      rmSync(join(disk, "ballast"));
      expect(await waiting).toMatchObject({ exit_code: 9, reason: "failed" });
    });
  });

  it("filled by an agent's own output ends as that agent says, and the others live", async () => {
    await onDisk(24, async (home) => {
      const other = await home.start("sleep 1000");
      const id = await home.start(`${agentLine("--lines", 2_000_000, "--line-bytes", 100)}; exit 5`);
      expect(await home.wait(id)).toMatchObject({ exit_code: 5 });
      expect(await home.info(other)).toMatchObject({ status: "running" });
    });
  });

  it("lets a mission be removed that printed nothing, and so leaves no room for it", async () => {
    await onDisk(24, async (home, disk) => {
      const ids = [];
      for (let one = 0; one < 10; one += 1) ids.push(await home.start("true"));
      for (const id of ids) await home.wait(id);
      fill(disk);
      for (const id of ids) {
        // What a removal frees is taken at once, so that each has to do without.
        expect(await home.run(["rm", id])).toMatchObject({ code: 0, stderr: "" });
        try {
          writeFileSync(join(disk, "ballast"), Buffer.alloc(4096), { flag: "a" });
        } catch {
          // Full again.
        }
      }
      expect((await home.run(["ps", "-aq"])).stdout).toBe("");
      rmSync(join(disk, "ballast"));
      const id = await home.start("true");
      await home.wait(id);
      await home.run(["rm", id]);
      expect(statSync(join(home.home, "reserve")).size).toBeGreaterThan(100_000);
    });
  });

  it.each(["shutdown", "kill"] as const)("keeps no daemon from starting after a %s: something can be removed", async (how) => {
    await onDisk(24, async (home, disk) => {
      const done = await home.start("true");
      await home.wait(done);
      const id = await home.start("sleep 1000");
      const agentPid = await home.agentPid(id);
      if (how === "kill") await home.killDaemon();
      else await home.run(["shutdown"]);
      fill(disk);
      expect(await home.run(["start"])).toMatchObject({ code: 0 });
      expect(await home.run(["rm", done])).toMatchObject({ code: 0, stderr: "" });
      expect(await home.info(id)).toMatchObject({ status: "running", os_pid: agentPid });
    });
  });

  it("that takes even the room kept aside is a clear error, and the missions are taken up once there is some", async () => {
    await onDisk(24, async (home, disk) => {
      const gate = join(scratch.home, "later");
      const id = await home.start(`while [ ! -e ${gate} ]; do sleep 0.05; done; exit 9`);
      await home.agentPid(id);
      await home.killDaemon();
      // As where somebody cleans up by hand.
      for (const name of ["reserve", "overmind.lock-journal"]) rmSync(join(home.home, name), { force: true });
      fill(disk);
      const refused = await home.run(["start"]);
      expect(refused.stderr).toMatch(/^Error: .*\(disk_full\)/);
      rmSync(join(disk, "ballast"));
      writeFileSync(gate, "");
      expect(await home.run(["wait", id])).toMatchObject({ code: 9 });
    });
  });

  it("at the very first start is a clear error and no stack", async () => {
    await onDisk(1, async (home, disk) => {
      fill(disk);
      const ended = await home.run(["ps"]);
      expect([ended.code, ended.stdout]).toEqual([125, ""]);
      expect(ended.stderr).toMatch(/^Error: /);
      expect(ended.stderr).not.toMatch(/\n\s+at /);
      expect(existsSync(home.socket)).toBe(false);
    });
  });
});

describe.skipIf(!canMount)("a home on a read-only disk", () => {
  it("is refused with its path", async () => {
    const disk = mountSmallDisk("size=64k,ro");
    if (disk === null) throw new Error("mounting was permitted a moment ago");
    const home = startHome();
    const ended = await home.run(["ps"], { env: { OVERMIND_HOME: join(disk.path, "home") } });
    expect([ended.code, ended.stderr]).toEqual([125, expect.stringContaining(disk.path)]);
    await home.dispose();
    disk.unmount();
  });
});
