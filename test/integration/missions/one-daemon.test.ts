import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { freshDirectory, type Home, startHome } from "../../support/home.ts";
import { processesWith } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

let home: Home;
afterEach(() => home.dispose());

/** Living daemons of a home, counted from outside. */
const daemonsOf = (where: Home) =>
  processesWith(where.home).filter((found) => /daemon/.test(found.command) && /node/.test(found.command));

describe("a home", () => {
  it("gets one daemon from fifty first commands at once, and all fifty are answered", { timeout: 120_000 }, async () => {
    home = startHome();
    const all = await Promise.all(Array.from({ length: 50 }, () => home.run(["ps"], { timeoutMs: 110_000 })));
    expect(all.map((ended) => [ended.code, ended.stderr])).toEqual(all.map(() => [0, ""]));
    await until("the losers to have left", () => daemonsOf(home).length === 1, { seen: () => daemonsOf(home) });
    expect(daemonsOf(home)[0]?.pid).toBe(await home.daemonPid());
  });

  it("gets one new daemon from ten that replace the old one at once, and each is answered", async () => {
    home = startHome();
    await home.run(["start"]);
    const id = await home.start("sleep 60");
    const old = await home.daemonPid();
    const all = await Promise.all(Array.from({ length: 10 }, () => home.run(["start", "--replace"])));
    expect(all.map((ended) => [ended.code, ended.stderr])).toEqual(all.map(() => [0, ""]));
    await until("the losers to have left", () => daemonsOf(home).length === 1, { seen: () => daemonsOf(home) });
    expect(await home.daemonPid()).not.toBe(old);
    expect(await home.info(id)).toMatchObject({ status: "running", attempt: 1 });
  });

  it("is taken over when the socket of a dead daemon lies there", async () => {
    home = startHome();
    await home.run(["start"]);
    const old = await home.killDaemon("SIGKILL");
    expect(existsSync(home.socket)).toBe(true);
    expect((await home.run(["ps"])).code).toBe(0);
    expect(await home.daemonPid()).not.toBe(old);
  });

  it("is refused, and the socket left alone, when another program answers there", async () => {
    home = startHome();
    const stranger = createServer((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((resolve) => stranger.listen(home.socket, resolve));
    const ended = await home.run(["ps"]);
    expect([ended.code, ended.stdout]).toEqual([125, ""]);
    expect(ended.stderr).toMatch(/^Error: .*another program/);
    expect(existsSync(home.socket)).toBe(true);
    await new Promise((resolve) => stranger.close(resolve));
  });

  it("is refused in good time when another program takes the connection and says nothing", async () => {
    home = startHome();
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(home.socket, resolve));
    const ended = await home.run(["ps"], { timeoutMs: 25_000 });
    expect([ended.code, ended.stderr]).toEqual([125, expect.stringMatching(/^Error: /)]);
    silent.close();
  });

  it("is refused when an ordinary file lies where the socket belongs, and the file stays as it is", async () => {
    home = startHome();
    writeFileSync(home.socket, "mine");
    const ended = await home.run(["ps"]);
    expect([ended.code, ended.stderr]).toEqual([125, expect.stringMatching(/^Error: .*overmind\.sock/)]);
    expect(readFileSync(home.socket, "utf8")).toBe("mine");
  });

  it("is refused before anything is bound when its socket path would be cut", async () => {
    home = startHome();
    const ended = await home.run(["ps"], { env: { OVERMIND_HOME: `/tmp/${"x".repeat(100)}` } });
    expect([ended.code, ended.stderr]).toEqual([125, expect.stringMatching(/^Error: .*107/)]);
  });

  it("is refused with its path when it cannot be written", async () => {
    home = startHome({ at: freshDirectory() });
    writeFileSync(`${home.home}/file`, "");
    const ended = await home.run(["run", "true"], { env: { OVERMIND_HOME: `${home.home}/file/home` } });
    expect([ended.code, ended.stdout]).toEqual([125, ""]);
    expect(ended.stderr).toMatch(/^Error: .*\/file/);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
  });

  it("is not started by status, nor with --no-autostart", async () => {
    home = startHome();
    const status = await home.run(["status"]);
    expect(status.code).toBe(1);
    const ps = await home.run(["ps", "--no-autostart"]);
    expect(ps.code).toBe(125);
    expect(ps.stderr).toContain("Daemon not running. Start with: overmind start");
    expect(existsSync(home.socket)).toBe(false);
  });

  it("refuses a second daemon in the foreground", async () => {
    home = startHome();
    await home.run(["start"]);
    const second = await home.run(["daemon"]);
    expect(second.code).not.toBe(0);
    expect(second.stderr).toContain("already_running");
  });

  it("loses its daemon, but no agent, when the home is taken away under it", async () => {
    home = startHome();
    await home.run(["start"]);
    const pid = await home.daemonPid();
    renameSync(`${home.home}/overmind.lock`, `${home.home}/moved`);
    await until("the daemon to leave", () => daemonsOf(home).every((found) => found.pid !== pid));
  });

  it("tells a client quickly that its daemon is stopped by SIGSTOP", async () => {
    home = startHome();
    await home.run(["start"]);
    const pid = (await home.daemonPid()) ?? 0;
    process.kill(pid, "SIGSTOP");
    const ended = await home.run(["ps"], { timeoutMs: 30_000 });
    process.kill(pid, "SIGCONT");
    expect([ended.code, ended.stderr]).toEqual([125, expect.stringMatching(/^Error: /)]);
  });
});
