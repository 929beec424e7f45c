import { describe, expect, it } from "vitest";
import type { Blueprint } from "../../../../src/blueprint/blueprint.ts";
import type { StepEnd } from "../../../../src/events/domain-event.ts";
import { keptForRetry } from "../../../../src/supervisor/pipeline/rerun-rule.ts";
import { team } from "../../blueprint/blueprints.ts";
import { historyOf, left } from "./steps.ts";

function kept(blueprint: Blueprint, ends: Readonly<Record<string, StepEnd | null>>, skipped: readonly string[] = []) {
  const history = keptForRetry(left(blueprint, historyOf(blueprint, ends, skipped)));
  return history && { steps: Object.keys(history.steps), skipped: history.skipped };
}
const ok = "succeeded";

describe("what a retry keeps", () => {
  const chain = team({ a: "", b: 'depends_on = ["a"]', c: 'depends_on = ["b"]', d: "" });

  it.each<[string, Record<string, StepEnd | null>, string[]]>([
    ["what failed", { a: ok, b: "failed", d: ok }, ["a", "d"]],
    ["what was stopped", { a: ok, b: "stopped", d: ok }, ["a", "d"]],
    ["what was cut off", { a: ok, b: null, d: ok }, ["a", "d"]],
    ["what never started", { a: ok, b: ok }, ["a", "b"]],
    ["what depends on what failed, even where it succeeded", { a: "failed", b: ok, c: ok, d: ok }, ["d"]],
    ["everything where nothing began", {}, []],
  ])("is all but %s", (_what, ends, steps) => {
    expect(kept(chain, ends)).toEqual({ steps, skipped: [] });
  });

  it("is nothing to speak of where nothing failed", () => {
    expect(kept(chain, { a: ok, b: ok, c: ok, d: ok })).toBeNull();
  });

  it("is what was skipped by its condition, and not what was skipped because of a failure", () => {
    const made = team({ a: "", no: 'when = "false"', after: 'depends_on = ["no"]', b: "", lost: 'depends_on = ["b"]' });
    expect(kept(made, { a: ok, b: "failed" }, ["no", "after", "lost"])).toEqual({ steps: ["a"], skipped: ["no", "after"] });
  });

  it("is each item that succeeded, where the list stands", () => {
    const made = team({ list: "", each: 'foreach = [1, 2, 3]\ndepends_on = ["list"]', gather: 'depends_on = ["each"]' });
    const ends = { list: ok, "each-1": ok, "each-2": "failed", gather: ok } as const;
    expect(kept(made, ends)?.steps).toEqual(["list", "each-1"]);
    expect(kept(made, { ...ends, list: "failed" })?.steps).toEqual([]);
  });

  it("runs a failure again that another agent waited for, and that one with it", () => {
    const made = team({ test: "", report: 'depends_on = { test = "finished" }' });
    expect(kept(made, { test: "failed", report: ok })?.steps).toEqual([]);
  });

  it("lets services come up again, which spoils what used them only where they failed", () => {
    const made = team({ db: 'type = "service"', load: 'depends_on = ["db"]', check: 'depends_on = ["load"]' });
    expect(kept(made, { db: "stopped", load: ok, check: "failed" })?.steps).toEqual(["load"]);
    expect(kept(made, { db: "stopped", load: ok, check: ok })?.steps).toEqual(["load", "check"]);
    expect(kept(made, { db: "failed", load: ok, check: "stopped" })?.steps).toEqual([]);
  });

  it("runs finally again with the rest, or where it alone failed", () => {
    const made = team({ a: "", clean: "finally = true" });
    expect(kept(made, { a: "failed", clean: ok })?.steps).toEqual([]);
    expect(kept(made, { a: ok, clean: "failed" })?.steps).toEqual(["a"]);
    expect(kept(made, { a: ok, clean: ok })).toBeNull();
  });
});
