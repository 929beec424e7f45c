import { describe, expect, it } from "vitest";
import type { MissionRow } from "../../../../src/store/rows.ts";
import { expectedDurations } from "../../../../src/supervisor/pipeline/durations.ts";
import { team } from "../../blueprint/blueprints.ts";
import { histories, historyOf, step } from "./steps.ts";

/** Missions by id, with how long they ran; one that is not there was removed. */
const ran = (times: Readonly<Record<string, number>>) => (id: string) =>
  times[id] === undefined ? undefined : ({ started_at: 1000, ended_at: 1000 + times[id] } as MissionRow);
const expected = (...asked: Parameters<typeof expectedDurations>) => Object.fromEntries(expectedDurations(...asked));

describe("how long agents are expected to take", () => {
  it("is the median of the runs in which they succeeded", () => {
    const blueprint = team({ a: "", b: "" });
    const runs = [10, 90, 20].map((_, at) => ({
      blueprint,
      history: {
        ...historyOf(blueprint, {}),
        steps: histories({ a: step("a", "succeeded", { mission: `m${at}` }), b: step("b", "failed") }),
      },
    }));
    expect(expected(runs, ran({ m0: 10, m1: 90, m2: 20, "m-b": 5 }))).toEqual({ a: 20 });
    expect(expected(runs, ran({ m0: 10, m1: 90 }))).toEqual({ a: 50 });
    expect(expected(runs, ran({}))).toEqual({});
  });

  it("counts what verifies them, and expects nothing of services", () => {
    const blueprint = team({ a: 'verify = "x"', s: 'type = "service"' });
    const steps = histories({ a: step("a", "succeeded", { checks: ["c1", "c2"] }), s: step("s", "succeeded") });
    const run = { blueprint, history: { moves: 1, steps, skipped: [] } };
    expect(expected([run], ran({ "m-a": 10, c1: 5, c2: 6, "m-s": 100 }))).toEqual({ a: 21 });
  });

  it("shares the work of a fan-out among its slots", () => {
    const times = { "m-a-1": 10, "m-a-2": 20, "m-a-3": 30, "m-a-4": 40 };
    const took = (lines: string, head = "") => {
      const blueprint = team({ a: `replicas = 4\n${lines}` }, head);
      const ends = { "a-1": "succeeded", "a-2": "succeeded", "a-3": "succeeded", "a-4": "succeeded" } as const;
      return expected([{ blueprint, history: historyOf(blueprint, ends) }], ran(times))["a"];
    };
    expect(took("")).toBe(40);
    expect(took("max_parallel = 2")).toBe(50);
    expect(took("max_parallel = 4", "[blueprint]\nmax_parallel = 1")).toBe(100);
  });
});
