import { readlinkSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { hang } from "../../support/model-server/answer.ts";
import { processesOf, RealHome } from "./real-home.ts";
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
