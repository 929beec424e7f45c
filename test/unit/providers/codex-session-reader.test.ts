import { describe, expect, it } from "vitest";
import { CodexSessionReader } from "../../../src/providers/codex-session-reader.ts";
import { noUsage } from "../../../src/providers/usage.ts";
import { heardAt, playDialogue } from "./transcript.ts";

const thread = "01a1fd8f-8c24-7e11-a23d-38476822067c";
const newReader = (resumes: string | null = null) =>
  new CodexSessionReader({
    counters: resumes === null ? noUsage : null,
    resumes,
    thread: { cwd: "/tmp/there", sandbox: "workspace-write" },
  });
const written = (bytes: string | null | undefined) => JSON.parse(bytes ?? "null");
const say = (reader: CodexSessionReader, object: unknown) => reader.push(JSON.stringify(object), heardAt);

const opened = () => {
  const reader = newReader();
  say(reader, { id: "overmind-initialize", result: {} });
  say(reader, { id: "overmind-thread", result: { thread: { id: thread }, model: "gpt" } });
  return reader;
};
const asked = (method = "item/commandExecution/requestApproval") => {
  const reader = opened();
  say(reader, { method: "turn/started", params: { turn: { id: "turn-1" } } });
  const params = {
    itemId: "i",
    command: "touch x",
    reason: "lab",
    availableDecisions: ["accept", { acceptWithExecpolicyAmendment: { a: 1 } }, "cancel"],
  };
  const { events } = say(reader, { id: 7, method, params });
  return { reader, events };
};

describe("the greeting of codex's app-server", () => {
  it("is initialize, then initialized and a new thread, then ready", () => {
    const reader = newReader();
    expect(written(reader.opening())).toMatchObject({ id: "overmind-initialize", method: "initialize" });
    expect(reader.userMessage("m", "too early")).toBeNull();
    const { replies } = say(reader, { id: "overmind-initialize", result: {} });
    expect(replies.map(written)).toMatchObject([
      { method: "initialized" },
      { method: "thread/start", params: { cwd: "/tmp/there" } },
    ]);
    expect(reader.state.isReady).toBe(false);
    say(reader, { id: "overmind-thread", result: { thread: { id: thread } } });
    expect(reader.state).toMatchObject({ isReady: true, sessionId: thread, turn: "idle" });
  });

  it("goes on with a thread by its id", () => {
    const { replies } = say(newReader(thread), { id: "overmind-initialize", result: {} });
    expect(written(replies[1])).toMatchObject({
      method: "thread/resume",
      params: { threadId: thread, sandbox: "workspace-write" },
    });
  });

  it("begins a new thread, and says so, when the old one is gone; its totals begin at nothing", () => {
    const reader = newReader("gone");
    const { events, replies } = say(reader, { id: "overmind-resume", error: { code: -32600, message: "no rollout found" } });
    expect(events.at(-1)).toMatchObject({ type: "system", subtype: "resume_failed" });
    expect(events.at(-1)).toHaveProperty("message", expect.stringContaining("no rollout found"));
    expect(replies.map(written)).toMatchObject([{ id: "overmind-thread", method: "thread/start" }]);
    expect(reader.state).toMatchObject({ isReady: false, counters: { input_tokens: 0 } });
    say(reader, { id: "overmind-thread", result: { thread: { id: thread } } });
    expect(reader.state).toMatchObject({ isReady: true, sessionId: thread });
  });

  it("ends in a failure when the thread cannot be had", () => {
    const reader = newReader();
    const { events } = say(reader, { id: "overmind-thread", error: { code: -32600, message: "no rollout found" } });
    expect(events.at(-1)).toMatchObject({ type: "result", outcome: "failed", error_text: "no rollout found" });
    expect(reader.state.isReady).toBe(false);
  });
});

describe("a recorded app-server session", () => {
  const reader = newReader();
  const played = playDialogue(reader, "codex", "app-server");

  it("has its turns and their ends", () => {
    const results = played.events.filter((event) => event.type === "result");
    expect(results.map((event) => event.outcome)).toEqual([
      "completed",
      "completed",
      "completed",
      "interrupted",
      "completed",
      "failed",
      "completed",
    ]);
    expect(results[0]).toMatchObject({ text: "answer one", session_id: thread, duration_ms: 85 });
    expect(results[5]).toMatchObject({ is_error: true });
  });

  it("confirms every message", () => {
    expect(played.delivered).toEqual(played.sent);
  });

  it("has the usage of each turn, and of the whole", () => {
    const turns = played.events.filter((event) => event.type === "usage").map((event) => event.turn.input_tokens);
    expect(turns).toEqual([11001, 22346, 22902, 0, 23627, 0, 12070]);
    expect(reader.state.usage).toMatchObject({ input_tokens: 91946, output_tokens: 179 });
  });

  it("asks twice, and has no question open at its end", () => {
    expect(played.events.filter((event) => event.type === "needs_input").map((event) => event.tool)).toEqual([
      "commandExecution",
      "commandExecution",
    ]);
    expect(reader.state.pending).toEqual([]);
  });

  it("tells tools with their exit codes, also of the declined one", () => {
    const results = played.events.filter((event) => event.type === "tool_result");
    expect(results.map((event) => [event.exit_code, event.is_error])).toEqual([
      [1, true],
      [null, true],
      [0, false],
    ]);
  });

  it("counts a resumed thread from where it stood", () => {
    const resumed = newReader(thread);
    playDialogue(resumed, "codex", "app-server-resume");
    expect(resumed.state).toMatchObject({
      finalText: "after resume",
      usage: { input_tokens: 105_242 - 91_946, output_tokens: 10 },
    });
  });
});

describe("what codex asks", () => {
  it("is told with what it offers", () => {
    const { events } = asked();
    expect(events[0]).toMatchObject({
      type: "needs_input",
      request_id: "7",
      kind: "permission",
      description: "lab",
      input: { command: "touch x" },
    });
    expect(events[0]).toMatchObject({
      options: [{ id: "accept" }, { id: "decline" }, { id: "acceptWithExecpolicyAmendment" }, { id: "cancel" }],
    });
  });

  it.each([
    [{ decision: "allow" }, { decision: "accept" }],
    [{ decision: "deny" }, { decision: "decline" }],
    [{ decision: "allow", option: "acceptWithExecpolicyAmendment" }, { decision: { acceptWithExecpolicyAmendment: { a: 1 } } }],
  ] as const)("is answered with %j under the request's own id", (answer, result) => {
    expect(written(asked().reader.answerPermission("7", answer))).toEqual({ id: 7, result });
  });

  it("is never answered by a guess", () => {
    const { reader, events } = asked("item/tool/requestUserInput");
    expect(events[0]).toMatchObject({ kind: "question", options: [] });
    expect(() => reader.answerPermission("7", { decision: "allow" })).toThrow("--input");
    expect(written(reader.answerPermission("7", { decision: "allow", input: { answers: {} } }))).toEqual({
      id: 7,
      result: { answers: {} },
    });
  });

  it("of a program gets a refusal at once", () => {
    expect(say(opened(), { id: 9, method: "item/tool/call", params: {} }).replies.map(written)).toMatchObject([
      { id: 9, error: { code: -32601 } },
    ]);
  });

  it("can be interrupted with its turn", () => {
    const { reader } = asked();
    expect(written(reader.interrupt())).toMatchObject({
      method: "turn/interrupt",
      params: { threadId: thread, turnId: "turn-1" },
    });
    expect(opened().interrupt()).toBeNull();
  });
});

describe("codex's limits", () => {
  it("are told by the window that is full", () => {
    const reader = opened();
    say(reader, {
      method: "account/rateLimits/updated",
      params: { rateLimits: { primary: { usedPercent: 100, resetsAt: 1_800_000_000 }, rateLimitReachedType: "primary" } },
    });
    expect(reader.state.rateLimit).toEqual({ until: 1_800_000_000_000 });
  });

  it("are told by the turn's error", () => {
    const reader = opened();
    const error = { message: "You've hit your usage limit. Try again in 1h 5m.", codexErrorInfo: "usageLimitExceeded" };
    say(reader, { method: "turn/started", params: { turn: { id: "t" } } });
    say(reader, { method: "turn/completed", params: { turn: { status: "failed", error } } });
    expect(reader.state).toMatchObject({
      rateLimit: { until: heardAt + 65 * 60_000 },
      error: { type: "usageLimitExceeded", confidence: "structured" },
    });
  });
});
