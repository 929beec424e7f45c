import { afterAll, describe, expect, it } from "vitest";
import { agent, uniqueTag } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";
import { commandsWith } from "../../support/processes.ts";

const home = startHome();
afterAll(() => home.dispose());

describe("stop", () => {
  it("ends a command that ignores SIGTERM once the grace has passed", async () => {
    const tag = uniqueTag();
    const id = await home.start("--grace", "500ms", "--", ...agent("--ignore-term", "--tag", tag));
    await home.printed(id, "ready");
    const started = performance.now();
    expect((await home.run(["stop", id])).code).toBe(0);
    expect(performance.now() - started).toBeGreaterThan(450);
    expect(commandsWith(tag)).toEqual([]);
    expect(await home.info(id)).toMatchObject({ status: "stopped", reason: "stopped", signal: "SIGKILL", exit_code: 137 });
  });

  it("ends a SIGSTOPped command", async () => {
    const id = await home.start("--grace", "5s", "--", ...agent());
    await home.printed(id, "ready");
    const pid = await home.agentPid(id);
    process.kill(pid, "SIGSTOP");
    expect((await home.run(["stop", id])).code).toBe(0);
    expect(await home.info(id)).toMatchObject({ status: "stopped", signal: "SIGTERM", exit_code: 143 });
  });

  it("sends the signal that was asked for", async () => {
    const id = await home.start(
      "--stop-signal",
      "INT",
      "--",
      "sh",
      "-c",
      "trap 'echo int; exit 5' INT; echo up; while :; do sleep 0.05; done",
    );
    await home.printed(id, "up");
    await home.run(["stop", id]);
    expect(await home.logs(id)).toBe("up\nint\n");
    expect(await home.info(id)).toMatchObject({ status: "stopped", exit_code: 5 });
  });

  it("is idempotent, also for several at once and for a mission that has ended", async () => {
    const ids = await Promise.all([home.start("sleep 100"), home.start("sleep 100"), home.start("true")]);
    // Otherwise it may be killed before it has ended by itself.
    await home.wait(ids[2] ?? "");
    const all = await Promise.all([home.run(["stop", ...ids]), home.run(["stop", ...ids]), home.run(["kill", ids[2] ?? ""])]);
    expect(all.map((ended) => [ended.code, ended.stderr])).toEqual([0, 0, 0].map((code) => [code, ""]));
    for (const id of ids) expect((await home.info(id)).status).toBe("stopped");
    expect((await home.run(["stop", ...ids])).code).toBe(0);
  });

  it("refuses an unknown mission with code 1", async () => {
    expect(await home.run(["stop", "zzzzzzzz"])).toMatchObject({ code: 1, stderr: expect.stringContaining("not_found") });
  });
});

describe("kill", () => {
  it("ends at once with status killed, hidden from a plain ps and shown by ps -a", async () => {
    const id = await home.start("--grace", "30s", "--", ...agent("--ignore-term"));
    await home.printed(id, "ready");
    expect((await home.run(["kill", id])).code).toBe(0);
    expect(await home.info(id)).toMatchObject({ status: "killed", reason: "killed", signal: "SIGKILL", exit_code: 137 });
    expect((await home.run(["ps", "-q"])).stdout).not.toContain(id);
    expect((await home.run(["ps", "-q", "-a"])).stdout).toContain(id);
  });

  it("--all ends every mission", async () => {
    const ids = [await home.start("sleep 100"), await home.start("sleep 100")];
    expect((await home.run(["kill", "--all"])).code).toBe(0);
    for (const id of ids) expect((await home.info(id)).status).toBe("killed");
  });

  it("--cascade ends the children as well", async () => {
    const parent = await home.start("sleep 100");
    const child = await home.start("--parent", parent, "sleep 100");
    const grandchild = await home.start("--parent", child, "sleep 100");
    expect((await home.info(parent)).children).toEqual([child]);
    await home.run(["kill", "--cascade", parent]);
    for (const id of [parent, child, grandchild]) expect((await home.info(id)).status).toBe("killed");
  });
});

describe("signal", () => {
  it("reaches the agent and changes nothing else", async () => {
    const id = await home.start("--", "sh", "-c", "trap 'echo got usr1' USR1; echo up; while :; do sleep 0.05; done");
    await home.printed(id, "up");
    expect((await home.run(["signal", id, "USR1"])).code).toBe(0);
    await home.printed(id, "got usr1");
    expect((await home.info(id)).status).toBe("running");
    await home.run(["kill", id]);
    expect(await home.run(["signal", id, "USR1"])).toMatchObject({ code: 1, stderr: expect.stringContaining("not_running") });
  });
});
