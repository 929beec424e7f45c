import { clockTimeIn } from "./clock-words.ts";
import { asObject, type JsonObject, numberIn, objectIn, objectsIn, textIn } from "./fields.ts";
import type { AgentError, Confidence } from "./normalised-event.ts";

export type ErrorReason = "rate_limited" | "auth" | "budget" | "refused";

const reasonOfType: ReadonlyMap<string, ErrorReason> = new Map([
  ["rate_limit", "rate_limited"],
  ["rate_limit_error", "rate_limited"],
  ["rate_limit_exceeded", "rate_limited"],
  ["resource_exhausted", "rate_limited"],
  ["usage_limit_reached", "rate_limited"],
  ["usage_limit_exceeded", "rate_limited"],
  ["authentication_error", "auth"],
  ["authentication_failed", "auth"],
  ["permission_error", "auth"],
  ["permission_denied", "auth"],
  ["oauth_org_not_allowed", "auth"],
  ["invalid_api_key", "auth"],
  ["unauthorized", "auth"],
  ["unauthenticated", "auth"],
  ["auth_required", "auth"],
  ["provider_auth_error", "auth"],
  ["billing_error", "budget"],
  ["insufficient_quota", "budget"],
  ["permission_rejected", "refused"],
  ["content_filter", "refused"],
  ["content_filter_error", "refused"],
]);

const wordsOf: readonly (readonly [ErrorReason, RegExp])[] = [
  [
    "rate_limited",
    /(status|code|error|http)\W{0,3}429\b|too many requests|rate.?limit|(usage|session|weekly) limit|quota (exceeded|increase)|resource.?exhausted/i,
  ],
  [
    "auth",
    /(status|code|error|http)\W{0,3}401\b|unauthori[sz]ed|authenticat|invalid (api key|auth)|api key (is )?(not|missing)|not logged in|please run \/login|log ?in again/i,
  ],
  ["refused", /\bcontent.?filter\b|blocked (due to|by) safety/i],
];

/** Longer messages are looked at only so far: a pattern must not cost more than the agent's line. */
const lookedAt = 8_000;

/** Why an agent could not go on, with how sure that is; null when the error says neither. */
export function reasonOfError(error: AgentError): { reason: ErrorReason; confidence: Confidence } | null {
  const known = reasonOfStatus(error.status) ?? reasonOfType.get(snake(error.type ?? "")) ?? null;
  if (known !== null) return { reason: known, confidence: error.confidence };
  return error.status === null ? reasonOfText(error.message) : null;
}

/** The same from words alone. */
export function reasonOfText(text: string): { reason: ErrorReason; confidence: "text" } | null {
  const found = wordsOf.find(([, words]) => words.test(text.slice(0, lookedAt)));
  return found === undefined ? null : { reason: found[0], confidence: "text" };
}

/**
 * The error in a message: a JSON error of the model's own server inside it says status and type;
 * a status in the prose is only words.
 */
export function errorFromMessage(message: string): AgentError {
  const inner = jsonWithin(message);
  const body = asObject(inner?.["error"]) ?? inner;
  const status = body === null ? null : (numberIn(body, "code") ?? numberIn(body, "status"));
  const type = body === null ? null : (textIn(body, "type") ?? textIn(body, "status"));
  if (status !== null || type !== null) return { status, type, message, confidence: "status" };
  return { status: statusInProse(message), type: null, message, confidence: "text" };
}

/** When a limit is over, in epoch ms, from an agent's words or the JSON in them; null: not said. */
export function resetTimeIn(message: string, heardAt: number): number | null {
  const text = message.slice(0, lookedAt);
  const wait = /(?:try again|retry|retrying|resets?) (?:in|after) ((?:\d+(?:\.\d+)?\s*(?:ms|h|m|s)[a-z]*[\s,]*)+)/i.exec(
    text,
  )?.[1];
  const delay = /"retryDelay"\s*:\s*"([\d.]+s)"/.exec(text.replaceAll('\\"', '"'))?.[1];
  const waitMs = milliseconds(wait ?? delay ?? "");
  if (waitMs !== null) return heardAt + waitMs;
  const stamp = /(?:limit[^|]{0,80}\|)(\d{10})\b/i.exec(text)?.[1];
  if (stamp !== undefined) return Number(stamp) * 1000;
  const iso = /reset[a-z]*(?: at)? (\d{4}-\d\d-\d\dT[\d:.]+Z)/i.exec(text)?.[1];
  return iso === undefined ? clockTimeIn(text, heardAt) : dateMs(iso);
}

/** The same from HTTP headers (RFC 9110, 10.2.3: seconds, or a date). */
export function resetTimeOfHeaders(headers: JsonObject, heardAt: number): number | null {
  const ms = numeric(textIn(headers, "retry-after-ms"));
  if (ms !== null) return heardAt + ms;
  const after = textIn(headers, "retry-after");
  const seconds = numeric(after);
  if (seconds !== null) return heardAt + seconds * 1000;
  return after === null ? null : dateMs(after);
}

/** The latest `resetsAt` (epoch seconds) of the windows that are used up; null: none is. */
export function resetTimeOfWindows(windows: JsonObject): number | null {
  const full = ["primary", "secondary"]
    .map((name) => objectIn(windows, name))
    .filter((window) => (numberIn(window, "usedPercent") ?? 0) >= 100)
    .flatMap((window) => numberIn(window, "resetsAt") ?? []);
  return full.length === 0 ? null : Math.max(...full) * 1000;
}

function reasonOfStatus(status: number | null): ErrorReason | null {
  if (status === 429) return "rate_limited";
  if (status === 401 || status === 403) return "auth";
  return status === 402 ? "budget" : null;
}

/** `usageLimitExceeded`, `RESOURCE_EXHAUSTED` and `rate-limit` in one spelling. */
function snake(type: string): string {
  return type
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toLowerCase();
}

function jsonWithin(message: string): JsonObject | null {
  const from = message.indexOf("{");
  const to = message.lastIndexOf("}");
  if (from === -1 || to < from || to - from > lookedAt) return null;
  try {
    const found: unknown = JSON.parse(message.slice(from, to + 1));
    return asObject(Array.isArray(found) ? objectsIn({ found }, "found")[0] : found);
  } catch {
    return null;
  }
}

function statusInProse(message: string): number | null {
  const found = /\bstatus(?: code)?:?\s*([45]\d\d)\b/i.exec(message.slice(0, lookedAt))?.[1];
  return found === undefined ? null : Number(found);
}

function milliseconds(text: string): number | null {
  const unit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|h|m|s)/gi)];
  return parts.length === 0
    ? null
    : Math.round(parts.reduce((sum, [, n, u]) => sum + Number(n) * (unit[(u ?? "s").toLowerCase()] ?? 1000), 0));
}

function numeric(text: string | null): number | null {
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}

function dateMs(text: string): number | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}
