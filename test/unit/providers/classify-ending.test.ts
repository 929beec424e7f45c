import { describe, expect, it } from "vitest";
import { classifyEnd } from "../../../src/providers/classify-ending.ts";
import { providerNamed } from "../../../src/providers/registry.ts";
import { readAll, request } from "./transcript.ts";

const ending = (
  kind: string,
  exitCode: number | null,
  lines: readonly string[],
  type: "task" | "session" = "task",
  successCodes?: number[],
) => {
  const provider = providerNamed(kind);
  const reader = provider.openReader({ request: { ...request, type }, resumes: null, counters: null });
  readAll(reader, lines);
  const end = { exitCode, signal: null, ...(successCodes === undefined ? {} : { successCodes }) };
  return classifyEnd(end, reader.state, type, provider.endingRules);
};
const won = '{"type":"result","subtype":"success","is_error":false,"result":"ok"}';
const began = '{"type":"system","subtype":"init","session_id":"s"}';

describe("an end", () => {
  it("is success only with a terminal event and a success code together", () => {
    expect(ending("claude", 0, [began, won]).reason).toBe("completed");
    expect(ending("claude", 1, [began, won]).reason).toBe("failed");
    expect(ending("claude", 0, [began]).reason).toBe("no_result");
    expect(ending("claude", 0, [began, won, began]).reason).toBe("no_result");
    expect(ending("claude", null, [began, won]).reason).toBe("failed");
    expect(ending("claude", 3, [began, won], "task", [3]).reason).toBe("completed");
  });

  it("of a session between two turns is what was wanted, whatever became of the last turn", () => {
    const aborted = '{"type":"result","subtype":"error_during_execution","is_error":true,"terminal_reason":"aborted_streaming"}';
    expect(ending("claude", 0, [began, aborted], "session").reason).toBe("completed");
    expect(ending("claude", 0, [began, aborted], "task").reason).toBe("signaled");
    expect(ending("claude", 0, [began], "session").reason).toBe("no_result");
  });

  it("of a session that never became ready is not success", () => {
    expect(ending("codex", 0, [], "session").reason).toBe("no_result");
  });

  it.each([
    [41, "auth"],
    [55, "refused"],
    [145, "auth"],
    [173, "rate_limited"],
    [144, "failed"],
    [42, "failed"],
  ])("of gemini with code %i and no event is %s", (code, reason) => {
    expect(ending("gemini", code, [])).toMatchObject({ reason, confidence: "status" });
  });

  it("is read from words when there is nothing else, and says so", () => {
    expect(ending("codex", 1, ["Error: 401 Unauthorized: please run codex login"])).toMatchObject({
      reason: "auth",
      confidence: "text",
    });
    expect(ending("codex", 1, ["Error: boom"])).toMatchObject({ reason: "failed", confidence: "status" });
  });

  it.each([
    [0, "completed"],
    [7, "failed"],
    [null, "failed"],
  ])("of a raw command with code %s is %s, whatever it printed", (code, reason) => {
    expect(ending("raw", code, [won, "429 Too Many Requests"]).reason).toBe(reason);
  });

  it("of gemini is told by its code where its words name no status", () => {
    const init = '{"type":"init","session_id":"s","model":"m"}';
    const quota = '{"type":"result","status":"error","error":{"type":"unknown","message":"[API Error: slow down]"},"stats":{}}';
    expect(ending("gemini", 173, [init, quota])).toMatchObject({ reason: "rate_limited", confidence: "status" });
    expect(ending("gemini", 1, [init, quota])).toMatchObject({ reason: "failed", confidence: "structured" });
  });

  it("of gemini before its model said anything leaves no conversation that could be resumed", () => {
    const reader = providerNamed("gemini").openReader({ request, resumes: null, counters: null });
    readAll(reader, ['{"type":"init","session_id":"s","model":"m"}', '{"type":"result","status":"error","stats":{}}']);
    expect(reader.state.sessionId).toBeNull();
    readAll(reader, ['{"type":"init","session_id":"s","model":"m"}', '{"type":"message","role":"assistant","content":"a"}']);
    expect(reader.state.sessionId).toBe("s");
  });

  it("of gemini keeps when its quota is there again", () => {
    const message = "[API Error: slow down\nSuggested retry after 3600s.]\nTo increase your limits, request a quota increase";
    const lines = [
      '{"type":"init","session_id":"s","model":"m"}',
      JSON.stringify({ type: "result", status: "error", error: { type: "unknown", message }, stats: {} }),
    ];
    expect(ending("gemini", 173, lines)).toMatchObject({ reason: "rate_limited", until: expect.any(Number) });
  });

  it("of gemini is a refusal where an error before the bare result says so", () => {
    const lines = [
      '{"type":"init","session_id":"s","model":"m"}',
      '{"type":"error","severity":"error","message":"The model response was blocked due to safety settings."}',
      '{"type":"result","status":"error","stats":{}}',
    ];
    expect(ending("gemini", 0, lines).reason).toBe("refused");
  });

  it("of codex is a refusal where a filter cut the answer", () => {
    const message = "stream disconnected before completion: Incomplete response returned, reason: content_filter";
    const lines = ['{"type":"turn.started"}', JSON.stringify({ type: "turn.failed", error: { message } })];
    expect(ending("codex", 1, lines)).toMatchObject({ reason: "refused", confidence: "text" });
  });

  it("of opencode is one turn that was refused, with its error and without", () => {
    const filtered = '{"type":"step_finish","sessionID":"s","part":{"reason":"content-filter","tokens":{"input":1}}}';
    const error = '{"type":"error","sessionID":"s","error":{"name":"ContentFilterError","data":{"message":"blocked"}}}';
    const start = '{"type":"step_start","sessionID":"s","part":{}}';
    for (const code of [0, 1]) {
      expect(ending("opencode", code, [start, filtered, error]).reason).toBe("refused");
      expect(ending("opencode", code, [start, filtered]).reason).toBe("refused");
    }
    const reader = providerNamed("opencode").openReader({ request, resumes: null, counters: null });
    expect(readAll(reader, [start, filtered, error]).events.filter(({ type }) => type === "result")).toHaveLength(1);
  });

  it("counts gemini's retries, which it tells on stderr only", () => {
    const provider = providerNamed("gemini");
    const reader = provider.openReader({ request, resumes: null, counters: null });
    reader.push("Attempt 3 failed with status 429. Retrying with backoff...", 0);
    expect(reader.state).toMatchObject({ retries: 1, error: { status: 429 } });
    expect(classifyEnd({ exitCode: 173, signal: null }, reader.state, "task", provider.endingRules).reason).toBe("rate_limited");
  });
});
