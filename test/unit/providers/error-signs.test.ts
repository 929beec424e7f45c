import { describe, expect, it } from "vitest";
import {
  errorFromMessage,
  reasonOfError,
  reasonOfText,
  resetTimeIn,
  resetTimeOfHeaders,
  resetTimeOfWindows,
} from "../../../src/providers/error-signs.ts";
import { heardAt } from "./transcript.ts";

describe("an error's reason", () => {
  it.each([
    [429, null, "rate_limited"],
    [401, null, "auth"],
    [403, null, "auth"],
    [402, null, "budget"],
    [400, "invalid_request_error", undefined],
    [500, null, undefined],
    [529, "overloaded_error", undefined],
    [null, "usageLimitExceeded", "rate_limited"],
    [null, "RESOURCE_EXHAUSTED", "rate_limited"],
    [null, "ProviderAuthError", "auth"],
    [null, "insufficient_quota", "budget"],
  ])("of status %s and type %s is %s", (status, type, reason) => {
    expect(reasonOfError({ status, type, message: "", confidence: "structured" })?.reason).toBe(reason);
  });

  it("comes from words last, and is marked so", () => {
    expect(reasonOfText("Error: Too Many Requests")).toEqual({ reason: "rate_limited", confidence: "text" });
    expect(reasonOfText("Invalid API key")).toEqual({ reason: "auth", confidence: "text" });
    expect(reasonOfText("429 lines were read")).toBeNull();
  });

  it("does not come from words when a status says otherwise", () => {
    expect(reasonOfError({ status: 500, type: null, message: "too many requests", confidence: "structured" })).toBeNull();
  });

  it("is found in the JSON within a message", () => {
    expect(errorFromMessage('[API Error: {"error":{"code":401,"status":"UNAVAILABLE"}}]')).toMatchObject({
      status: 401,
      confidence: "status",
    });
    expect(errorFromMessage("unexpected status 401 Unauthorized: x")).toMatchObject({ status: 401, confidence: "text" });
    expect(errorFromMessage("{ not json }")).toMatchObject({ status: null, type: null, confidence: "text" });
  });
});

describe("the end of a limit", () => {
  it.each([
    ["Please try again in 11.054s.", heardAt + 11_054],
    ["try again in 1h 5m", heardAt + 65 * 60_000],
    ["Please retry in 34.5s", heardAt + 34_500],
    ["retry after 250ms", heardAt + 250],
    ['{"retryDelay":"34s"}', heardAt + 34_000],
    ['[API Error: {\\"retryDelay\\":\\"3s\\"}]', heardAt + 3_000],
    ["Claude AI usage limit reached|1800000000", 1_800_000_000_000],
    ["resets at 2026-11-21T12:00:03Z", heardAt + 3_000],
    ["slow down", null],
  ])("in %j is %s", (text, until) => {
    expect(resetTimeIn(text, heardAt)).toBe(until);
  });

  it.each([
    [{ "retry-after": "3" }, heardAt + 3_000],
    [{ "retry-after-ms": "250", "retry-after": "9" }, heardAt + 250],
    [{ "retry-after": "Sat, 21 Nov 2026 12:00:05 GMT" }, heardAt + 5_000],
    [{}, null],
    [{ "retry-after": "soon" }, null],
  ])("in the headers %j is %s", (headers, until) => {
    expect(resetTimeOfHeaders(headers, heardAt)).toBe(until);
  });

  it("is that of the window that is used up, not of one that has room", () => {
    const primary = { usedPercent: 100, resetsAt: 1_795_000_000 };
    const secondary = { usedPercent: 40, resetsAt: 1_795_600_000 };
    expect(resetTimeOfWindows({ primary, secondary })).toBe(1_795_000_000_000);
    expect(resetTimeOfWindows({ primary, secondary: { ...secondary, usedPercent: 100 } })).toBe(1_795_600_000_000);
    expect(resetTimeOfWindows({ primary: secondary, secondary: null })).toBeNull();
  });

  it("is looked for in a bounded part of a message", () => {
    expect(resetTimeIn(`${"retry in 1 ".repeat(200_000)}`, heardAt)).toBeNull();
  });
});
