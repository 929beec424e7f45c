import { describe, expect, it } from "vitest";
import type { AgentMove } from "../../../../src/events/domain-event.ts";
import { StepHistories } from "../../../../src/events/step-histories.ts";
import { afterChange, afterMove, hasPort, noMoves, portOf } from "../../../../src/supervisor/pipeline/history.ts";

const move = (to: AgentMove, more: { mission?: string; port?: number; exit_code?: number } = {}) =>
  ({ type: "mission.agent_moved", attempt: 1, agent: "a", step: "a", to, ...more }) as const;
const moved = (...moves: readonly ReturnType<typeof move>[]) => moves.reduce(afterMove, noMoves);

describe("what a pipeline remembers", () => {
  it("is the mission of the present try, and how many tries there were", () => {
    const failed = [move("starting", { mission: "m1" }), move("verifying", { mission: "c1" }), move("failed", { exit_code: 3 })];
    const { steps, moves } = moved(...failed, move("starting", { mission: "m2" }));
    expect(moves).toBe(4);
    expect(steps.get("a")).toEqual({
      agent: "a",
      tries: 2,
      mission: "m2",
      probe: null,
      checks: [],
      isReady: false,
      isUnready: false,
      end: null,
    });
  });

  it("orders ends by the moves before them", () => {
    const { steps } = moved(move("starting", { mission: "m" }), move("ready"), move("succeeded", { exit_code: 0 }));
    expect(steps.get("a")).toMatchObject({ isReady: true, end: { how: "succeeded", exitCode: 0, at: 3 } });
  });

  it("keeps the ids of all that verifies, in order", () => {
    const checks = [move("verifying", { mission: "c1" }), move("verifying", { mission: "c2" })];
    expect(moved(move("starting", { mission: "m" }), move("probing", { mission: "p" }), ...checks).steps.get("a")).toMatchObject({
      probe: "p",
      checks: ["c1", "c2"],
    });
  });

  it("begins the checks anew after one that was sent back", () => {
    const round = [move("verifying", { mission: "c1" }), move("returned", { mission: "c1" })];
    const { steps } = moved(move("starting", { mission: "m" }), ...round, move("verifying", { mission: "c2" }));
    expect(steps.get("a")).toMatchObject({ checks: ["c2"], returned: ["c1"] });
    expect(
      moved(move("starting", { mission: "m" }), ...round, move("starting", { mission: "n" })).steps.get("a")?.returned,
    ).toBeUndefined();
  });

  it("keeps the port of a step over its tries, and over a change of the blueprint", () => {
    const again = moved(move("starting", { mission: "m", port: 4242 }), move("failed"), move("starting", { mission: "n" }));
    expect(portOf(again, "a")).toBe(4242);
    expect([hasPort(again, 4242), hasPort(again, 4243)]).toEqual([true, false]);
    expect(portOf(moved(move("starting", { mission: "m" })), "a")).toBeUndefined();
    const change = { version: 2, dropped: ["a"], unskipped: [], leaving: [], note: "", attempt: 1 };
    const changed = afterChange(again, { type: "mission.blueprint_changed", ...change });
    expect(changed).toEqual({ moves: 4, steps: StepHistories.none, skipped: [], leaving: [], version: 2, ports: { a: 4242 } });
    expect([hasPort(changed, 4242), portOf(afterMove(changed, move("starting", { mission: "n" })), "a")]).toEqual([true, 4242]);
  });

  it("names a skipped agent and gives it no step", () => {
    expect(moved(move("skipped"))).toEqual({ moves: 1, steps: StepHistories.none, skipped: ["a"] });
  });
});
