import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startHome } from "../../support/home.ts";
import { until } from "../../support/until.ts";

const home = startHome();
afterAll(() => home.dispose());

/** A mission that runs until the test says how it ends. */
async function startHeld(name: string, ...flags: string[]): Promise<{ id: string; end(code: number): void }> {
  const gate = join(home.home, `gate-${name}`);
  const id = await home.start(...flags, "--name", name, `until [ -s ${gate} ]; do sleep 0.02; done; exit $(cat ${gate})`);
  return { id, end: (code) => writeFileSync(gate, `${code}\n`) };
}

describe("run --after", () => {
  it("starts when all it waits for ended well, tells meanwhile what it waits for, and not before", async () => {
    const [build, lint] = [await startHeld("build"), await startHeld("lint")];
    const id = await home.start("--name", "deploy", "--after", "build,lint", "echo deployed");
    expect(await home.info(id)).toMatchObject({
      status: "queued",
      waiting_for: "dependency",
      os_pid: null,
      started_at: null,
      queue: { after: [build.id, lint.id], after_any: false, pool: null },
    });
    expect((await home.run(["ps", "--status", "queued"])).stdout).toMatch(
      /deploy +task +queued .*echo deployed \(queued: dependency\)/,
    );
    build.end(0);
    await home.wait(build.id);
    expect((await home.info(id)).status).toBe("queued");
    const running = home.run(["wait", "--for", "running,stopped", "deploy"]);
    lint.end(0);
    expect([(await running).code, (await home.run(["wait", "deploy"])).code]).toEqual([0, 0]);
    expect(await home.logs(id)).toBe("deployed\n");
    expect(await home.info(id)).toMatchObject({ status: "stopped", waiting_for: null, attempt: 1, restart_count: 0 });
  });

  it("is refused when one of them ends otherwise, says which, and never runs", async () => {
    const test = await startHeld("test");
    const other = await startHeld("other");
    const trace = join(home.home, "ran");
    const ended = home.run(["run", "--wait", "--name", "release", "--after", "other,test", `touch ${trace}`]);
    const chained = home.run(["run", "--follow", "--after", "test", "--name", "notes", "echo never"]);
    await Promise.all(["release", "notes"].map((name) => home.run(["wait", "--for", "queued", name])));
    test.end(3);
    expect([(await ended).code, (await chained).code]).toEqual([125, 125]);
    expect(await home.info("release")).toMatchObject({
      status: "crashed",
      reason: "dependency",
      exit_code: null,
      waiting_for: null,
    });
    expect((await home.run(["events", "--mission", "release"])).stdout).toContain(
      "test, which it waited for, ended crashed (failed)",
    );
    expect(existsSync(trace)).toBe(false);
    other.end(0);
  });

  it("with --after-any starts whatever the result was", async () => {
    const crash = await startHeld("crash");
    const id = await home.start("--after", "crash", "--after-any", "echo cleaned up");
    crash.end(9);
    expect(await home.wait(id)).toMatchObject({ status: "stopped", exit_code: 0 });
  });

  it.each([
    ["--after-any", ["--after-any"], "--after"],
    ["--priority", ["--priority", "3"], "--pool"],
  ])("is not what %s alone makes: it would do nothing, so it is refused", async (_, flags, missing) => {
    const { code, stderr } = await home.run(["run", ...flags, "true"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(missing)]);
  });

  it("of what has ended already is decided at once", async () => {
    const good = await home.start("true");
    const bad = await home.start("false");
    await Promise.all([good, bad].map((id) => home.wait(id)));
    expect((await home.run(["run", "--wait", "--after", good, "exit 4"])).code).toBe(4);
    expect((await home.run(["run", "--wait", "--after", bad, "exit 4"])).code).toBe(125);
    expect((await home.run(["run", "--wait", "--after", bad, "--after-any", "exit 4"])).code).toBe(4);
  });

  it("counts a mission that removed itself after its success, also for the next daemon", async () => {
    const slow = await startHeld("slow");
    const brief = await startHeld("brief", "--rm");
    const id = await home.start("--after", `${brief.id},${slow.id}`, "echo both");
    brief.end(0);
    await until("it to be gone", () =>
      home
        .info(brief.id)
        .catch(({ code }) => code === "not_found" && "gone")
        .then((seen) => seen === "gone"),
    );
    await home.killDaemon();
    await home.run(["start"]);
    expect((await home.info(id)).status).toBe("queued");
    slow.end(0);
    expect((await home.wait(id)).exit_code).toBe(0);
  });

  it("goes link by link through a chain, across the death of a daemon", async () => {
    const first = await startHeld("link");
    const log = join(home.home, "chain");
    let before = first.id;
    for (let link = 0; link < 6; link += 1) before = await home.start("--after", before, `echo ${link} >> ${log}`);
    await home.killDaemon();
    first.end(0);
    await home.run(["start"]);
    expect((await home.wait(before)).exit_code).toBe(0);
    expect((await home.shell(`tr -d '\\n' < ${log}`)).stdout).toBe("012345");
  });

  it("refuses what is not there, and itself", async () => {
    const unknown = await home.run(["run", "--after", "nobody", "true"]);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("not_found")]);
    const self = await home.run(["run", "--name", "me", "--after", "me", "true"]);
    expect([self.code, self.stderr]).toEqual([1, expect.stringContaining("cannot wait for itself (invalid_argument)")]);
  });
});

describe("run --delay", () => {
  it("starts when its time has come and says when that is", async () => {
    const before = Date.now();
    const id = await home.start("--delay", "3s", "true");
    const { status, waiting_for, until } = await home.info(id);
    expect([status, waiting_for]).toEqual(["queued", "delay"]);
    expect(Date.parse(until) - before).toBeGreaterThanOrEqual(2950);
    await home.wait(id);
    expect(Date.parse((await home.info(id)).started_at) - before).toBeGreaterThanOrEqual(2990);
  });

  it("goes on with what is left of it after the daemon was killed, and starts once", async () => {
    const trace = join(home.home, "delayed");
    const before = Date.now();
    const id = await home.start("--delay", "6s", `date +%s%3N >> ${trace}`);
    await home.killDaemon();
    await home.run(["start"]);
    expect((await home.info(id)).status).toBe("queued");
    await home.wait(id);
    const starts = (await home.shell(`cat ${trace}`)).stdout.trim().split("\n").map(Number);
    expect(starts).toHaveLength(1);
    expect((starts[0] ?? 0) - before).toBeGreaterThanOrEqual(5950);
    expect((starts[0] ?? 0) - before).toBeLessThan(14_000);
  });
});

describe("a queued mission", () => {
  it.each([
    ["stop", "stopped", 125],
    ["kill", "killed", 137],
  ])("ends at once when somebody asks to %s it", async (verb, status, code) => {
    const id = await home.start("--delay", "1h", "true");
    expect((await home.run([verb, id])).code).toBe(0);
    expect(await home.info(id)).toMatchObject({ status, reason: status, exit_code: null, waiting_for: null, until: null });
    expect((await home.run(["wait", id])).code).toBe(code);
  });

  it("can be neither removed nor restarted, paused, signalled or written to", async () => {
    const id = await home.start("--delay", "1h", "true");
    const codeOf = (cmd: string, args: object = {}) =>
      home.ask(cmd, { id, ...args }).then(
        () => null,
        (error) => error.code,
      );
    expect(await codeOf("rm")).toBe("still_live");
    for (const cmd of ["restart", "pause", "unpause"]) expect([cmd, await codeOf(cmd)]).toEqual([cmd, "not_running"]);
    expect(await codeOf("signal", { signal: "TERM" })).toBe("not_running");
    expect((await home.info(id)).status).toBe("queued");
    await home.ask("kill", { id });
  });

  it("goes on waiting when the database was lost and is rebuilt from files", async () => {
    const id = await home.start("--delay", "1h", "true");
    await home.killDaemon();
    for (const side of ["", "-wal", "-shm"]) writeFileSync(join(home.home, `overmind.db${side}`), "no database ".repeat(1000));
    await home.run(["start"]);
    expect(await home.info(id)).toMatchObject({ status: "queued", waiting_for: "delay", until: expect.any(String) });
    await home.ask("kill", { id });
  });

  it("is ended by its deadline", async () => {
    const id = await home.start("--delay", "1h", "--deadline", "200ms", "true");
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "deadline" });
  });

  it("that was stopped starts at once when it is restarted", async () => {
    const id = await home.start("--delay", "1h", "exit 6");
    await home.ask("stop", { id });
    await home.ask("restart", { id });
    expect((await home.wait(id)).exit_code).toBe(6);
  });
});
