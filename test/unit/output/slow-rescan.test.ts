import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SlowRescan } from "../../../src/output/slow-rescan.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the slow rescan", () => {
  it("has one timer for everyone, and none when all have left", () => {
    const rescan = new SlowRescan(2000);
    const looks = [vi.fn(), vi.fn(), vi.fn()];
    const leave = looks.map((look) => rescan.join(look));
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(2000);
    expect(looks.map((look) => look.mock.calls.length)).toEqual([1, 1, 1]);
    for (const go of leave) go();
    expect(vi.getTimerCount()).toBe(0);
  });
});
