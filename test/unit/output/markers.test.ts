import { describe, expect, it } from "vitest";
import { attemptMarkers, humanMarker } from "../../../src/output/markers.ts";

const startedAt = Date.UTC(2026, 0, 31, 12, 0, 0, 728);
const endedAt = startedAt + 1000;
const first = { attempt: 1, number: 1, restarts: 0, restartsBefore: null };

describe("the markers around an attempt", () => {
  it("says nothing about a first attempt that just ended", () => {
    expect(attemptMarkers({ ...first, startedAt, endedAt, reason: "completed" })).toEqual({ before: [], after: [] });
  });

  it.each([
    [{ attempt: 3, number: 3, restarts: 2, restartsBefore: 1 }, "restart #2 at 2026-01-31T12:00:00Z"],
    [{ attempt: 2, number: 2, restarts: 0, restartsBefore: 0 }, "resumed at 2026-01-31T12:00:00Z (attempt 2)"],
    // Attempts 2 and 3 only went on after limits.
    [{ attempt: 4, number: 4, restarts: 1, restartsBefore: 0 }, "restart #1 at 2026-01-31T12:00:00Z"],
    // Of a former Overmind, or of a database that was lost.
    [{ attempt: 4, number: 3, restarts: null, restartsBefore: null }, "restart #2 at 2026-01-31T12:00:00Z"],
  ])("tells restarts from going on: %j", (which, text) => {
    const { before } = attemptMarkers({ ...which, startedAt, endedAt: null, reason: null });
    expect(before).toEqual([{ text: `--- ${text} ---`, time: startedAt }]);
  });

  it("names the limit that a stalled attempt exceeded", () => {
    const { after } = attemptMarkers({ ...first, startedAt, endedAt, reason: "stalled", activityTimeoutSeconds: 30 });
    expect(after).toEqual([{ text: "--- killed: no activity for 30s ---", time: endedAt }]);
  });

  it("keeps a human message on one line", () => {
    expect(humanMarker("go on\r\n[human] forged", 5)).toEqual({ text: "[human] go on [human] forged", time: 5 });
  });
});
