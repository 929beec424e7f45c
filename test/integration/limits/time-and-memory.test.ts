import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { agent, uniqueTag } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";
import { commandsWith } from "../../support/processes.ts";

const home = startHome();
afterAll(() => home.dispose());

describe("a deadline", () => {
  it("ends the whole mission, however often it restarted", async () => {
    const began = performance.now();
    const id = await home.start(
      "--deadline",
      "1500ms",
      "--restart",
      "always",
      "--max-restarts",
      "0",
      "--backoff",
      "50",
      "sleep 0.3",
    );
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "deadline" });
    expect(performance.now() - began).toBeLessThan(4000);
    expect((await home.info(id)).restart_count).toBeGreaterThan(1);
  });

  it("ends a mission that backs off", async () => {
    const id = await home.start("--deadline", "700ms", "--restart", "on-failure", "--backoff", "60s", "false");
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "deadline" });
  });

  it("counts from when the mission was made, also while no daemon runs", async () => {
    const id = await home.start("--deadline", "6s", "sleep 60");
    await home.killDaemon();
    await new Promise((resolve) => setTimeout(resolve, 6100));
    expect((await home.run(["start"])).code).toBe(0);
    const began = performance.now();
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "deadline" });
    // A deadline that began anew would take longer than this, however busy the machine is.
    expect(performance.now() - began).toBeLessThan(5900);
  });
});

describe("a memory limit", () => {
  const hog = (megabytes: number) => `perl -e '$kept = q(x) x (${megabytes} << 20); print qq(full\\n); sleep 60'`;

  it("ends a mission whose tree holds more: crashed, memory", async () => {
    const id = await home.start("--memory-max", "60M", `sleep 60 & ${hog(100)}`);
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "memory" });
    const { stdout } = await home.run(["events", "--json", "--mission", id, "--type", "mission.memory_exceeded"]);
    expect(JSON.parse(stdout).data).toMatchObject({ limit: 60 << 20 });
    expect(JSON.parse(stdout).data.bytes).toBeGreaterThan(100 << 20);
  });

  it("counts all processes together, and is followed by the restart policy", async () => {
    const tag = uniqueTag();
    const part = `perl -e '$kept = q(x) x (30 << 20); sleep 60' ${tag}`;
    const id = await home.start(
      ...["--memory-max", "80M", "--restart", "on-failure", "--max-restarts", "1", "--backoff", "0"],
      `${part} & ${part} & ${part}`,
    );
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "memory" });
    expect((await home.info(id)).attempts.map(({ reason }: { reason: string }) => reason)).toEqual(["memory", "memory"]);
    expect(commandsWith(tag)).toEqual([]);
  });

  it("leaves alone what stays below", async () => {
    const id = await home.start("--memory-max", "200M", `${hog(50).replace("sleep 60", "sleep 3")}`);
    expect(await home.wait(id)).toMatchObject({ status: "stopped", exit_code: 0 });
  });
});

describe("--nice", () => {
  it.each([["7"], ["0"]])("runs a mission with niceness %s", async (nice) => {
    const id = await home.start("--nice", nice, "--", ...agent());
    await home.printed(id, "ready");
    expect(niceness(await home.agentPid(id))).toBe(Number(nice));
    await home.run(["kill", id]);
  });

  it.runIf(process.getuid?.() === 0).each([[["--nice", "-5"]], [["--nice=-5"]]])("takes %j", async (flags) => {
    const id = await home.start(...flags, "sleep 60");
    expect(niceness(await home.agentPid(id))).toBe(-5);
    await home.run(["kill", id]);
  });

  it.each(["five", "20", "-21", "1.5"])("refuses %s", async (nice) => {
    expect((await home.run(["run", `--nice=${nice}`, "true"])).code).not.toBe(0);
  });
});

/** The 19th field of /proc/PID/stat. */
function niceness(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[16]);
}
