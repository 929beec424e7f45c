// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { describe, expect, it } from "vitest";
import { pipelineOf } from "../../../../src/blueprint/pipeline.ts";
import type { StepHistory } from "../../../../src/events/domain-event.ts";
import type { Status } from "../../../../src/protocol/mission.ts";
import type { MissionRow } from "../../../../src/store/rows.ts";
import { agentStates } from "../../../../src/supervisor/pipeline/agent-states.ts";
import { team } from "../../blueprint/blueprints.ts";
import { histories, step } from "./steps.ts";

const withStatus = (status: Status) => () => ({ status }) as MissionRow;

function stateOf(lines: string, known: StepHistory | null, status: Status = "running", isOver = false) {
  const history = { moves: 1, steps: histories(known === null ? {} : { a: known }), skipped: [] };
  return agentStates({ pipeline: pipelineOf(team({ a: lines })), history, isOver, find: withStatus(status) }).get("a");
}

describe("how an agent stands", () => {
  const ready = 'ready = { log = "up" }';

  it.each<[string, string, StepHistory | null, Status]>([
    ["waiting", "", null, "running"],
    ["completed", "", step("a", "succeeded"), "stopped"],
    ["failed", "", step("a", "failed"), "stopped"],
    ["stopped", "", step("a", "stopped"), "stopped"],
    ["verifying", 'verify = "x"', step("a", null, { checks: ["c"] }), "stopped"],
    ["queued", "", step("a", null), "queued"],
    ["restarting", ready, step("a", null), "restarting"],
    ["running", "", step("a", null), "running"],
    ["not ready", ready, step("a", null), "running"],
    ["ready", ready, step("a", null, { isReady: true }), "running"],
    ["stopping", "", step("a", null), "stopped"],
  ])("is '%s'", (state, lines, known, status) => {
    expect(stateOf(lines, known, status)).toBe(state);
  });

  it("is told as never started once the pipeline has ended, and as skipped where that was decided", () => {
    expect(stateOf("", null, "running", true)).toBe("never started");
    const history = { moves: 1, steps: histories({}), skipped: ["a"] };
    const made = agentStates({ pipeline: pipelineOf(team({ a: "" })), history, isOver: true, find: () => undefined });
    expect(made.get("a")).toBe("skipped");
  });

  it("is counted for a fan-out, whose list may not be known yet", () => {
    const made = team({ list: "", each: 'foreach = "${agents.list.json}"\ndepends_on = ["list"]', two: "replicas = 3" });
    const history = {
      moves: 1,
      steps: histories({ "two-1": step("two", "succeeded"), "two-2": step("two", null) }),
      skipped: [],
    };
    const states = agentStates({ pipeline: pipelineOf(made), history, isOver: false, find: withStatus("running") });
    expect([...states]).toEqual([
      ["list", "waiting"],
      ["each", "waiting"],
      ["two", "1 completed, 1 running, 1 waiting"],
    ]);
  });
});
