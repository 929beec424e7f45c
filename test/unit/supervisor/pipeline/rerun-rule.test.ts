import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Blueprint } from "../../../../src/blueprint/blueprint.ts";
import { nextSteps, type PipelineState, type StepState } from "../../../../src/blueprint/next-steps.ts";
import { pipelineOf } from "../../../../src/blueprint/pipeline.ts";
import type { StepEnd } from "../../../../src/events/domain-event.ts";
import { noMoves, portOf } from "../../../../src/supervisor/pipeline/history.ts";
import { keptForRetry } from "../../../../src/supervisor/pipeline/rerun-rule.ts";
import { seededRandom } from "../../../support/random.ts";
import { team } from "../../blueprint/blueprints.ts";
import { histories, historyOf, left, step } from "./steps.ts";

function kept(blueprint: Blueprint, ends: Readonly<Record<string, StepEnd | null>>, skipped: readonly string[] = []) {
  const history = keptForRetry(left(blueprint, historyOf(blueprint, ends, skipped)));
  return history && { steps: [...history.steps].map(([step]) => step), skipped: history.skipped };
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

  it("is every port, so that what stays in use is called as before", () => {
    const steps = histories({ a: step("a", ok, { port: 1 }), b: step("b", "failed", { port: 2 }) });
    const kept = keptForRetry(left(chain, { moves: 2, steps, skipped: [], ports: { c: 3 } })) ?? noMoves;
    expect(["a", "b", "c"].map((name) => portOf(kept, name))).toEqual([1, 2, 3]);
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

describe("a retry of any pipeline that was ended anywhere", () => {
  it("completes it, runs nothing again that stands, and everything that does not", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 0, max: 50 }), retryOf), { numRuns: 100 });
  }, 120_000);
});

/** @param after how many steps end before somebody ends the pipeline */
function retryOf(seed: number, after: number): void {
  const random = seededRandom(seed);
  const blueprint = randomTeam(random);
  const first = walk(blueprint, new Map(), new Set(), () => random() < 0.9, after);
  const ends = Object.fromEntries(
    [...first.steps].map(([name, state]) => [name, state.is === "ended" ? state.how : null] as const),
  );
  const history = keptForRetry(left(blueprint, historyOf(blueprint, ends, [...first.skipped])));
  if (history === null) {
    expect(Object.values(ends).every((how) => how === ok)).toBe(true);
    return;
  }
  const standing = new Set([...history.steps].map(([step]) => step));
  for (const { name, dependsOn } of blueprint.agents.values()) {
    const canStand = ends[name] === ok && dependsOn.every(({ agent }) => standing.has(agent));
    expect([name, standing.has(name)]).toEqual([name, canStand]);
  }
  const kept = new Map([...standing].map((name): [string, StepState] => [name, ended(ok)]));
  const second = walk(blueprint, kept, new Set(history.skipped), () => true, Number.POSITIVE_INFINITY);
  expect(second.started.filter((name) => standing.has(name))).toEqual([]);
  expect([...second.steps].filter(([, state]) => state.is !== "ended" || state.how !== ok)).toEqual([]);
  expect([second.steps.size, second.skipped.size]).toEqual([blueprint.agents.size, 0]);
}

const ended = (how: StepEnd): StepState => ({ is: "ended", how, tries: 1, wasReady: false, at: 1 });

/** Runs a pipeline to its end, or until so many of its steps have ended: what runs is stopped then. */
function walk(
  blueprint: Blueprint,
  begun: ReadonlyMap<string, StepState>,
  passed: ReadonlySet<string>,
  succeeds: () => boolean,
  most: number,
) {
  const pipeline = pipelineOf(blueprint);
  const steps = new Map(begun);
  const skipped = new Set(passed);
  const started: string[] = [];
  for (let count = 0; ; ) {
    const state: PipelineState = { steps, skipped, isEnding: count >= most };
    const { start, skip, stop, done } = nextSteps(pipeline, state);
    for (const { agent } of skip) skipped.add(agent);
    for (const { name } of start) {
      started.push(name);
      steps.set(name, { is: "running", tries: 1, isReady: true });
    }
    for (const { name } of stop) steps.set(name, ended("stopped"));
    if (done !== null) return { steps, skipped, started };
    const [first] = [...steps].find(([, { is }]) => is === "running") ?? [];
    if (first === undefined || start.length > 0) continue;
    steps.set(first, ended(succeeds() ? ok : "failed"));
    count += 1;
  }
}

function randomTeam(random: () => number): Blueprint {
  const agents: Record<string, string> = {};
  for (let at = 0; at < 40; at += 1) {
    const needs = Object.keys(agents).filter(() => random() < 2 / Math.max(4, at));
    const on = needs.map((name) => `${name} = "${random() < 0.8 ? "completed" : "finished"}"`).join(", ");
    agents[`a${at}`] = `depends_on = { ${on} }`;
  }
  const goesOn = random() < 0.5;
  return team(agents, `[blueprint]\nmax_parallel = ${goesOn ? 3 : 20}\non_failure = "${goesOn ? "continue" : "stop"}"`);
}
