import { afterAll, describe, expect, it } from "vitest";
import { say, sayUntil, shell } from "../../support/model-server/answer.ts";
import { RealHome } from "./real-home.ts";
import { itTalks } from "./session-tests.ts";
import { itDoesTasks } from "./task-tests.ts";

const home = new RealHome("claude");
afterAll(() => home.dispose());

describe.concurrent("a task of claude", () => {
  itDoesTasks(home, {
    mayUseShell: ["--allow-tool", "Bash"],
    errors: [
      { status: 400, reason: "failed" },
      { status: 401, reason: "auth" },
      { status: 429, reason: "rate_limited" },
      { status: 529, reason: "failed" },
    ],
    streams: true,
  });

  it("is given its system prompt, and ends as budget where it needs more turns than it may take", async () => {
    const seat = await home.seat([shell("echo one"), shell("echo two"), say("Done.")]);
    const flags = ["--max-turns", "1", "--system-prompt", 'be "brief"\nand kind', "--allow-tool", "Bash", "--on-budget", "stop"];
    expect(await seat.task("do it", ...flags)).toMatchObject({ status: "crashed", reason: "budget" });
    expect(seat.model.requests[0]?.instructions).toContain('be "brief"\nand kind');
    expect(seat.model.requests).toHaveLength(1);
  });

  it("that was sent SIGINT is not completed, though it exits 0", async () => {
    const seat = await home.seat([sayUntil(new Promise(() => {}), "I begin", "and never end.")]);
    const id = await seat.start("say it slowly");
    await seat.wrote(id, "I begin");
    process.kill(await home.agentPid(id), "SIGINT");
    const { status, reason, exit_code } = await seat.ended(id);
    expect({ status, exit_code }).toEqual({ status: "crashed", exit_code: 0 });
    // On a busy machine it ends before it has told that it was interrupted.
    expect(["signaled", "no_result"]).toContain(reason);
  });
});

describe.concurrent("a session of claude", () => {
  itTalks(home, { mayUseShell: ["--allow-tool", "Bash"] });
});
