import { describe, expect, it } from "vitest";
import { isPaused, notRunning, tooLate } from "../../../../src/supervisor/talk/refusals.ts";

const web = { name: "web", status: "running", waiting_for: null } as const;

describe("a message that cannot be answered", () => {
  it.each([
    [
      "ended",
      notRunning({ ...web, status: "crashed" }),
      "not_running",
      "web has ended (crashed). Start it again: overmind restart web",
    ],
    ["is being ended", notRunning({ ...web, status: "stopping" }), "not_running", "web is being ended."],
    ["stands still", isPaused({ ...web, status: "paused" }), "paused", "Let it go on: overmind unpause web"],
    [
      "asks first",
      tooLate({ ...web, status: "waiting", waiting_for: "answer" }),
      "timeout",
      "web has the message, and asks something first: overmind inbox",
    ],
    [
      "met a limit",
      tooLate({ ...web, status: "waiting", waiting_for: "limit" }),
      "timeout",
      "web has the message, and waits for a limit: overmind why web",
    ],
    ["takes long", tooLate(web), "timeout", "web is still at it; what it says: overmind logs -f web"],
  ])("of a mission that %s tells what to do", (_, error, code, hint) => {
    expect({ code: error.code, text: error.message, hint: error.hint }).toEqual({ code, text: code, hint });
  });
});
