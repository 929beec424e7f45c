import { describe, expect, it } from "vitest";
import type { ResultEvent } from "../../../../src/providers/normalised-event.ts";
import { noUsage } from "../../../../src/providers/usage.ts";
import { firstMessage, messageFate } from "../../../../src/supervisor/talk/message-fate.ts";
import type { TalkRecord } from "../../../../src/supervisor/talk/talk-file.ts";

const begin = (attempt: number): TalkRecord => ({ did: "begin", attempt, before: noUsage, counters: null, resumes: null });
const queue = (id: string): TalkRecord => ({ did: "queue", id, text: "hi" });
const send = (id: string, attempt = 1): TalkRecord => ({ did: "send", attempt, id, at: 0, text: "hi" });
const turn = (message: string, text: string, again?: string): TalkRecord => ({
  did: "turn",
  attempt: 1,
  result: { type: "result", text } as ResultEvent,
  counters: null,
  message,
  ...(again === undefined ? {} : { again: { id: again, text: "hi", tries: 1 } }),
});

describe("what became of a message", () => {
  it.each([
    ["nobody sent", [begin(1), send("other"), turn("other", "x")], { is: "unsent" }],
    ["was taken", [begin(1), queue("a")], { is: "under way" }],
    ["was written", [begin(1), queue("a"), send("a")], { is: "under way" }],
    ["was written, before a daemon took the attempt over", [begin(1), send("a"), send("b")], { is: "under way" }],
    ["was written to an attempt that is over", [begin(1), queue("a"), send("a"), begin(2)], { is: "lost" }],
    [
      "went to an attempt that could not take it",
      [begin(1), send("a"), { did: "take_back", id: "a", text: "hi" }, begin(2)],
      { is: "under way" },
    ],
    [
      "was refused, also where another attempt has begun",
      [begin(1), send("a"), { did: "refuse", id: "a", why: "too long" }, begin(2)],
      { is: "refused", why: "too long" },
    ],
    ["waits for the next attempt", [begin(1), queue("a"), begin(2)], { is: "under way" }],
    ["was answered, whatever came after", [begin(1), send("a"), turn("a", "yes"), send("b"), turn("b", "no"), begin(2)], "yes"],
    ["met a limit", [begin(1), send("a"), turn("a", "no", "a2")], { is: "under way" }],
    [
      "met a limit and was sent again",
      [begin(1), send("a"), turn("a", "no", "a2"), begin(2), send("a2", 2), turn("a2", "yes")],
      "yes",
    ],
    ["met a limit and was lost then", [begin(1), send("a"), turn("a", "no", "a2"), send("a2"), begin(2)], { is: "lost" }],
  ])("that %s", (_what, records, fate) => {
    const expected = typeof fate === "string" ? { is: "answered", result: { type: "result", text: fate } } : fate;
    expect(messageFate(records as TalkRecord[], "a")).toEqual(expected);
  });

  it("begins with the one that was written first", () => {
    expect(firstMessage([begin(1), queue("b"), send("a"), send("b")])).toBe("a");
    expect(firstMessage([begin(1), queue("b")])).toBeUndefined();
  });
});
