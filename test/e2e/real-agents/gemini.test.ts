import { afterAll, describe, expect, it } from "vitest";
import { refuse, sayUntil } from "../../support/model-server/answer.ts";
import { RealHome } from "./real-home.ts";
import { itDoesTasks } from "./task-tests.ts";

const home = new RealHome("gemini");
afterAll(() => home.dispose());

describe.concurrent("a task of gemini", () => {
  itDoesTasks(home, {
    mayUseShell: ["--permission-mode", "yolo"],
    errors: [
      { status: 400, reason: "failed" },
      { status: 401, reason: "auth" },
      { status: 429, reason: "rate_limited" },
      { status: 529, reason: "failed" },
    ],
    streams: true,
    // Of a refusal with words it tells nothing.
    refusal: refuse(""),
  });

  it("that was sent SIGTERM is not completed, though it exits 0", async () => {
    const seat = await home.seat([sayUntil(new Promise(() => {}), "I begin", "and never end.")]);
    const id = await seat.start("say it slowly");
    await seat.wrote(id, "I begin");
    process.kill(await home.agentPid(id), "SIGTERM");
    expect(await seat.ended(id)).toMatchObject({ status: "crashed", reason: "no_result", exit_code: 0 });
  });
});
