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

  it("counts gemini's retries, which it tells on stderr only", () => {
    const provider = providerNamed("gemini");
    const reader = provider.openReader({ request, resumes: null, counters: null });
    reader.push("Attempt 3 failed with status 429. Retrying with backoff...", 0);
    expect(reader.state).toMatchObject({ retries: 1, error: { status: 429 } });
    expect(classifyEnd({ exitCode: 173, signal: null }, reader.state, "task", provider.endingRules).reason).toBe("rate_limited");
  });
});
