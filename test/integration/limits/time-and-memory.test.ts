import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { agent, uniqueTag } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";
import { commandsWith } from "../../support/processes.ts";

const home = startHome();
afterAll(() => home.dispose());

describe("a limit of 0", () => {
  const unbounded = ["--timeout", "0", "--deadline", "0s", "--activity-timeout", "0"];

  it("is none, also where config.toml has one", async () => {
    const own = startHome({ config: '[defaults]\ntimeout = "200ms"\ndeadline = "200ms"\nactivity_timeout = "200ms"\n' });
    try {
      const bound = await own.start("sleep 60");
      const id = await own.start(...unbounded, "sleep 1; exit 7");
      expect((await own.info(id)).timeout_seconds).toBeNull();
      expect(await own.wait(bound)).toMatchObject({ status: "crashed" });
      expect(await own.wait(id)).toMatchObject({ status: "crashed", reason: "failed", exit_code: 7 });
      const wire = { command: "sleep 0.5; exit 8", timeout_seconds: 0, deadline_seconds: 0, activity_timeout: 0 };
      expect(await own.wait((await own.ask("run", wire)).id)).toMatchObject({ reason: "failed", exit_code: 8 });
    } finally {
      await own.dispose();
    }
  });

  it("is none in config.toml and in a blueprint, for its agents and as a whole", async () => {
    const own = startHome({ config: "[defaults]\ntimeout = 0\ndeadline = 0\nactivity_timeout = 0\n" });
    try {
      expect(await own.wait(await own.start("sleep 0.3; exit 9"))).toMatchObject({ reason: "failed", exit_code: 9 });
      const file = join(own.home, "team.toml");
      const agents = "[agents.one]\ncommand = 'sleep 0.3'\ntimeout = 0\nactivity_timeout = '0s'\n";
      writeFileSync(file, `[blueprint]\ntimeout = 0\n${agents}`);
      const { code, stdout } = await own.run(["apply", "--wait", file]);
      expect([code, stdout]).toEqual([0, expect.stringContaining("finished: stopped (exit code 0)")]);
    } finally {
      await own.dispose();
    }
  });

  it("is refused where it could only fail: until an agent is ready, and of memory", async () => {
    const file = join(home.home, "ready.toml");
    writeFileSync(file, "[agents.web]\ntype = 'service'\ncommand = 'true'\nready = { log = 'up', timeout = 0 }\n");
    const { code, stderr } = await home.run(["validate", file]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/:4:\d+: agents\.web\.ready\.timeout takes a time above 0 \(blueprint_invalid\)\n$/),
    ]);
    const memory = await home.run(["run", "--memory-max", "0", "true"]);
    expect([memory.code, memory.stderr]).toEqual([
      2,
      expect.stringContaining("--memory-max takes a size of at least 1 byte, not '0'"),
    ]);
  });
});

describe("a deadline", () => {
  it("ends the whole mission, however often it restarted", async () => {
    const began = performance.now();
    const id = await home.start("--deadline", "5s", "--restart", "always", "--max-restarts", "0", "--backoff", "50", "sleep 0.3");
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "deadline" });
    expect(performance.now() - began).toBeLessThan(7500);
    const { created_at, ended_at, restart_count } = await home.info(id);
    expect(Date.parse(ended_at) - Date.parse(created_at)).toBeLessThan(7500);
    expect(restart_count).toBeGreaterThan(1);
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
