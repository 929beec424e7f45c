import { readlinkSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { hang, say, shell } from "../../support/model-server/answer.ts";
import { until } from "../../support/until.ts";
import { patience, processesOf, RealHome } from "./real-home.ts";
import { itTalks } from "./session-tests.ts";
import { itDoesTasks } from "./task-tests.ts";

const home = new RealHome("codex");
afterAll(() => home.dispose());

describe.concurrent("a task of codex", () => {
  itDoesTasks(home, {
    mayUseShell: ["--permission-mode", "bypass"],
    errors: [
      { status: 400, reason: "failed" },
      { status: 401, reason: "auth" },
      { status: 429, reason: "rate_limited" },
      { status: 529, reason: "failed" },
    ],
    streams: false,
  });

  it("is given its system prompt", async () => {
    const seat = await home.seat([say("Done.")]);
    await seat.task("do it", "--system-prompt", 'be "brief"\nand kind');
    expect(seat.model.requests[0]?.instructions).toContain('be "brief"\nand kind');
  });

  it("goes on with its conversation after it was killed, and counts nothing twice", async () => {
    const seat = await home.seat([shell("echo made > made"), hang(), say("It is made.")]);
    const id = await seat.start("make it", "--permission-mode", "bypass", "--restart", "on-failure", "--backoff", "0");
    await until("the second request", () => seat.model.requests.length === 2, patience);
    process.kill(await home.agentPid(id), "SIGKILL");
    expect(await seat.ended(id)).toMatchObject({ status: "stopped", reason: "completed" });
    const { attempt, usage } = await home.info(id);
    expect(attempt).toBe(2);
    expect(seat.model.requests.at(-1)?.toolResults).toEqual([expect.stringContaining("Process exited with code 0")]);
    // The first attempt ended before it told; its thread's total tells it in the second.
    expect(usage).toMatchObject({ input_tokens: 200, output_tokens: 14 });
  });

  it("is the native program itself, not a launcher that would be killed in its stead", async () => {
    const seat = await home.seat([hang()]);
    const id = await seat.start("wait for ever");
    await seat.isAsked();
    const pid = await home.agentPid(id);
    expect(readlinkSync(`/proc/${pid}/exe`)).toMatch(/\/vendor\/[^/]+\/bin\/codex$/);
    process.kill(pid, "SIGKILL");
    expect(await seat.ended(id)).toMatchObject({ status: "crashed", reason: "signaled" });
    expect(processesOf(id)).toEqual([]);
  });
});

describe.concurrent("a session of codex", () => {
  itTalks(home, { mayUseShell: ["--permission-mode", "bypass"] });
});
