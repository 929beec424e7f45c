import { describe, expect, it } from "vitest";
import { attemptMarkers, humanMarker } from "../../../src/output/markers.ts";

const startedAt = Date.UTC(2026, 0, 31, 12);
const endedAt = startedAt + 1000;

describe("the markers around an attempt", () => {
  it("says nothing about a first attempt that just ended", () => {
    expect(attemptMarkers({ number: 1, startedAt, endedAt, reason: "completed" })).toEqual({ before: [], after: [] });
  });

  it("counts restarts, not attempts", () => {
    const { before } = attemptMarkers({ number: 3, startedAt, endedAt: null, reason: null });
    expect(before).toEqual([{ text: "--- restart #2 at 2026-01-31T12:00:00.000Z ---", time: startedAt }]);
  });

  it("names the limit that a stalled attempt exceeded", () => {
    const { after } = attemptMarkers({ number: 1, startedAt, endedAt, reason: "stalled", activityTimeoutSeconds: 30 });
    expect(after).toEqual([{ text: "--- killed: no activity for 30s ---", time: endedAt }]);
  });

  it("keeps a human message on one line", () => {
    expect(humanMarker("go on\r\n[human] forged", 5)).toEqual({ text: "[human] go on [human] forged", time: 5 });
  });
});
