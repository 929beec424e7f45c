import { describe, expect, it } from "vitest";
import type { Blueprint } from "../../../../src/blueprint/blueprint.ts";
import { diffOf } from "../../../../src/blueprint/diff.ts";
import { pipelineOf } from "../../../../src/blueprint/pipeline.ts";
import type { StepEnd } from "../../../../src/events/domain-event.ts";
import { changeOf, unfinishedTasks } from "../../../../src/supervisor/pipeline/change-rule.ts";
import { team } from "../../blueprint/blueprints.ts";
import { historyOf } from "./steps.ts";

function change(
  before: Blueprint,
  after: Blueprint,
  ends: Readonly<Record<string, StepEnd | null>>,
  skipped: readonly string[] = [],
) {
  const plain = { params: {}, agentEnv: {} };
  const diff = diffOf({ blueprint: before, ...plain }, { blueprint: after, ...plain });
  const history = historyOf(before, ends, skipped);
  const { updates, ...more } = changeOf({ before: pipelineOf(before), after: pipelineOf(after), diff, history });
  return { updates: updates.map(({ agent, action, why }) => `${agent} ${action}: ${why}`), ...more };
}
const service = (lines = "") => `type = "service"\n${lines}`;

describe("a changed blueprint of a pipeline that runs", () => {
  const before = team({ web: service(), db: service(), old: service() });

  it("starts anew only what differs, and leaves alone what does not", () => {
    const after = team({ web: service("retry = 1"), db: service(), fresh: service('depends_on = ["db"]') });
    expect(change(before, after, { web: null, db: null, old: null })).toEqual({
      updates: ["old stopped: it is not in the file any more", "web restarted: retry changed", "fresh started: it is new"],
      dropped: ["old", "web"],
      unskipped: [],
    });
  });

  it("changes nothing where nothing differs, and no process for a description", () => {
    expect(change(before, before, { web: null, db: null, old: null }).updates).toEqual([]);
    const after = team({ web: service('description = "the web"'), db: service(), old: service() });
    const made = change(before, after, { web: null, db: null, old: null });
    expect(made).toMatchObject({ updates: ["web changed: description changed"], dropped: [] });
  });

  it("touches only the replicas that come or go", () => {
    const scaled = (count: number) => team({ web: service(`replicas = ${count}`) });
    const up = change(scaled(2), scaled(3), { "web-1": null, "web-2": null });
    expect(up).toMatchObject({ updates: ["web scaled: replicas changed to 3"], dropped: [] });
    expect(change(scaled(3), scaled(1), { "web-1": null, "web-2": null, "web-3": null }).dropped).toEqual(["web-2", "web-3"]);
  });

  it("starts again what had ended badly, and what was skipped because of it", () => {
    const made = team({ web: service(), seed: "", use: 'depends_on = ["seed"]', last: 'depends_on = ["use"]' });
    expect(change(made, made, { web: "failed", seed: "failed" }, ["use", "last"])).toEqual({
      updates: [
        "web restarted: web had failed",
        "seed again: seed had failed",
        "use again: it was skipped, and seed runs again",
        "last again: it was skipped, and use runs again",
      ],
      dropped: ["web", "seed"],
      unskipped: ["use", "last"],
    });
  });

  it("runs a changed task once more, and the tasks that were done with what it left", () => {
    const made = (lines: string) =>
      team({ web: service(), seed: lines, use: 'depends_on = ["seed"]', show: 'depends_on = ["use"]', other: "" });
    const ends = { web: null, seed: "succeeded", use: "succeeded", show: "succeeded", other: "succeeded" } as const;
    expect(change(made(""), made("retry = 1"), ends)).toEqual({
      updates: ["seed again: retry changed", "use again: seed runs again", "show again: use runs again"],
      dropped: ["seed", "use", "show"],
      unskipped: [],
    });
  });

  it("keeps services up that depend on a task that runs again, and tasks that depend on a service that starts anew", () => {
    const made = (lines: string) =>
      team({ seed: lines, web: service('depends_on = ["seed"]'), db: service(lines), load: 'depends_on = ["db"]' });
    const ends = { seed: "succeeded", web: null, db: null, load: "succeeded" } as const;
    expect(change(made(""), made("retry = 1"), ends)).toEqual({
      updates: ["seed again: retry changed", "db restarted: retry changed"],
      dropped: ["seed", "db"],
      unskipped: [],
    });
  });

  it("knows the tasks that have not ended", () => {
    const made = team({ web: service(), a: "retry = 1", b: "", c: "", d: "", clean: "finally = true" });
    const unfinished = (ends: Readonly<Record<string, StepEnd | null>>) =>
      unfinishedTasks(pipelineOf(made), historyOf(made, { web: null, ...ends }, ["d"]));
    // The first has a try left.
    expect(unfinished({ a: "failed", b: null })).toEqual(["a", "b", "c"]);
    expect(unfinished({ a: "succeeded", b: "failed", c: "succeeded" })).toEqual([]);
  });
});
