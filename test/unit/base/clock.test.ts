import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isoTime, systemClock } from "../../../src/base/clock.ts";

const dayMs = 86_400_000;

describe("the system's clock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("calls once, at its time", () => {
    const run = vi.fn();
    systemClock.after(500, run);
    vi.advanceTimersByTime(499);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100_000);
    expect(run).toHaveBeenCalledOnce();
  });

  it.each([24, 25, 60, 400])("waits out %i days, although Node's timers end before 25", (days) => {
    const run = vi.fn();
    systemClock.after(days * dayMs, run);
    vi.advanceTimersByTime(days * dayMs - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
  });

  it("forgets what was cancelled, also in a later piece", () => {
    const run = vi.fn();
    const timer = systemClock.after(60 * dayMs, run);
    vi.advanceTimersByTime(40 * dayMs);
    timer.cancel();
    vi.advanceTimersByTime(40 * dayMs);
    expect(run).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("takes a time in the past as now", () => {
    const run = vi.fn();
    systemClock.after(-5, run);
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
  });
});

describe("a time for people", () => {
  it("is ISO 8601 UTC with milliseconds, and null stays null", () => {
    expect(isoTime(1_769_860_800_007)).toBe("2026-01-31T12:00:00.007Z");
    expect(isoTime(null)).toBeNull();
  });
});
