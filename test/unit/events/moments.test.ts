import { expect, it } from "vitest";
import { eventData } from "../../../src/events/history-view.ts";
import { withMoments, withTimes } from "../../../src/events/moments.ts";

const facts = { attempt: 2, until: null, retry_at: 0, ended_at: 1_769_860_800_123, delay_ms: 50 };
const told = { ...facts, retry_at: "1970-01-01T00:00:00.000Z", ended_at: "2026-01-31T12:00:00.123Z" };

it("are told as every time on the wire, and read back as they were recorded", () => {
  expect(eventData(facts)).toEqual(told);
  expect(withMoments(told)).toEqual(facts);
});

it("stay as they are where they are told already, and where they are none", () => {
  expect(withTimes(told)).toEqual(told);
  expect(withMoments(facts)).toEqual(facts);
  const odd = { until: "soon", ended_at: 1e99 };
  expect(withTimes(odd)).toEqual(odd);
  expect(withMoments(odd)).toEqual(odd);
});
