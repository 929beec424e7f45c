import { afterAll, describe, expect, it } from "vitest";
import { fail, refuse, say, sayUntil } from "../../support/model-server/answer.ts";
import { RealHome } from "./real-home.ts";
import { itTalks } from "./session-tests.ts";
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

  it("whose model was busy before it said anything begins anew, as there is nothing to resume", async () => {
    const seat = await home.seat([fail(503), say("Here I am.")]);
    const id = await seat.start("try it", "--restart", "on-failure", "--backoff", "0");
    expect(await seat.ended(id)).toMatchObject({ status: "stopped", reason: "completed" });
    expect(await home.info(id)).toMatchObject({ attempt: 2, usage: { input_tokens: 100 } });
  });

  it("that was sent SIGTERM is not completed, though it exits 0", async () => {
    const seat = await home.seat([sayUntil(new Promise(() => {}), "I begin", "and never end.")]);
    const id = await seat.start("say it slowly");
    await seat.wrote(id, "I begin");
    process.kill(await home.agentPid(id), "SIGTERM");
    expect(await seat.ended(id)).toMatchObject({ status: "crashed", reason: "no_result", exit_code: 0 });
  });
});

describe.concurrent("a session of gemini", () => {
  itTalks(home, { mayUseShell: ["--permission-mode", "yolo"], mayForget: true });
});
