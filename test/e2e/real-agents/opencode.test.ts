import { afterAll, describe, expect, it } from "vitest";
import { fail, say, shell } from "../../support/model-server/answer.ts";
import { RealHome } from "./real-home.ts";
import { itTalks } from "./session-tests.ts";
import { itDoesTasks } from "./task-tests.ts";

const home = new RealHome("opencode");
afterAll(() => home.dispose());

describe.concurrent("a task of opencode", () => {
  itDoesTasks(home, {
    mayUseShell: [],
    errors: [
      { status: 400, reason: "failed" },
      { status: 401, reason: "auth" },
      // It tries five more times.
      { status: 429, reason: "rate_limited", headers: { "retry-after-ms": "50" } },
    ],
    streams: false,
    isCostly: true,
  });

  it("whose model is overloaded goes on when that is over", async () => {
    const seat = await home.seat([fail(529, { "retry-after-ms": "50" }), say("Here I am.")]);
    expect(await seat.task("try it")).toMatchObject({ status: "stopped", reason: "completed", text: "Here I am.\n" });
    expect(seat.model.requests).toHaveLength(2);
  });

  it("that was refused a permission is not completed, though it exits 0", async () => {
    const seat = await home.seat([shell("touch made"), say("It is made.")]);
    const ended = await seat.task("make it", "--permission-mode", '{"bash":"ask"}');
    expect(ended).toMatchObject({ status: "crashed", reason: "refused", exit_code: 0 });
  });
});

describe.concurrent("a session of opencode", () => {
  itTalks(home, { mayUseShell: [] });
});
