import { existsSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { agent, uniqueTag } from "../../support/agent.ts";
import { type Home, startHome } from "../../support/home.ts";
import { commandsWith, isAlive } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

let home: Home;
beforeEach(() => {
  home = startHome();
});
afterEach(() => home.dispose());

describe("shutdown", () => {
  it("keeps the agents running, says how many, and the next daemon adopts them", async () => {
    const tag = uniqueTag();
    const ids = [await home.start("--", ...agent("--tag", tag)), await home.start("--", ...agent("--tag", tag))];
    for (const id of ids) await home.printed(id, "ready");
    const pids = await Promise.all(ids.map((id) => home.agentPid(id)));
    const ended = await home.run(["shutdown"]);
    expect(ended.code).toBe(0);
    expect(ended.stdout + ended.stderr).toMatch(/\b2\b.*\n?.*--kill/s);
    await until("the socket to be gone", () => !existsSync(home.socket), { timeoutMs: 2000 });
    expect(commandsWith(tag)).toHaveLength(2);
    await home.run(["start"]);
    for (const [index, id] of ids.entries())
      expect(await home.info(id)).toMatchObject({ status: "running", os_pid: pids[index], attempt: 1 });
    await home.run(["stop", ...ids]);
    expect(commandsWith(tag)).toEqual([]);
  });

  it("--kill stops them first", async () => {
    const tag = uniqueTag();
    const id = await home.start("--", ...agent("--tag", tag, "--setsid-child"));
    await home.printed(id, "ready");
    const pid = (await home.daemonPid()) ?? 0;
    expect((await home.run(["shutdown", "--kill"])).code).toBe(0);
    await until("the daemon to be gone", () => !isAlive(pid));
    expect(commandsWith(tag)).toEqual([]);
    await home.run(["start"]);
    expect((await home.info(id)).status).toMatch(/^(stopped|killed)$/);
  });

  it("is no error worth a stack when nothing runs", async () => {
    const ended = await home.run(["shutdown"]);
    expect(ended.stderr).toContain("Daemon not running");
    expect(existsSync(home.socket)).toBe(false);
  });

  it("by SIGTERM is the same as by command", async () => {
    const id = await home.start("sleep 0.7; exit 4");
    await home.killDaemon("SIGTERM");
    expect(existsSync(home.socket)).toBe(false);
    expect((await home.run(["wait", id])).code).toBe(4);
  });
});

describe("start", () => {
  it("says that a daemon runs already, with code 0", async () => {
    expect((await home.run(["start"])).code).toBe(0);
    const pid = await home.daemonPid();
    expect((await home.run(["start"])).code).toBe(0);
    expect(await home.daemonPid()).toBe(pid);
  });

  it("--replace puts a new daemon in the old one's place and keeps the agents", async () => {
    const id = await home.start("sleep 1000");
    const [agentPid, daemonPid] = [await home.agentPid(id), await home.daemonPid()];
    expect((await home.run(["start", "--replace"])).code).toBe(0);
    expect(await home.daemonPid()).not.toBe(daemonPid);
    expect(await home.info(id)).toMatchObject({ status: "running", os_pid: agentPid });
  });
});

describe("status and version", () => {
  it("tell about a running daemon, also as JSON", async () => {
    await home.run(["start"]);
    const status = await home.run(["status", "--json"]);
    expect(status.code).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({ pid: String(await home.daemonPid()), missions: { total: 0 } });
    expect((await home.run(["version"])).stdout).toMatch(/\d+\.\d+\.\d+/);
    expect((await home.run(["--version"])).stdout).toMatch(/\d+\.\d+\.\d+/);
  });
});

describe("daemon", () => {
  it("runs in the foreground until SIGINT", async () => {
    const daemon = home.spawn(["daemon"]);
    await until("the daemon to answer", () => home.daemonPid());
    daemon.child.kill("SIGINT");
    expect((await daemon.finished).code).toBe(0);
    expect(existsSync(home.socket)).toBe(false);
  });
});
