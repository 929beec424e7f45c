import { describe, expect, it } from "vitest";
import type { QueueSpec } from "../../../../src/mission/spec.ts";
import {
  brokenBy,
  byPlace,
  type Dependency,
  delayLeft,
  dependencyOf,
  hasFreeSlot,
  queueStep,
  type Standing,
} from "../../../../src/supervisor/queue/queue-rule.ts";
import { buildRow } from "../../../support/builders.ts";

const queue: QueueSpec = { after: [], afterAny: false, notBefore: null, pool: null, priority: 0 };
const clear: Standing = { live: 0, names: [], broken: null, isDelayed: false, hasPool: true };

describe("what a queued mission waits for next", () => {
  // biome-ignore format: a table
  const cases: readonly [what: string, spec: Partial<QueueSpec>, standing: Partial<Standing>, step: string][] = [
    ["nothing is left", {}, {}, "slot: starts at once"],
    ["it needs a slot", { pool: "p" }, {}, "slot: waits for a slot of pool p"],
    ["its pool is gone", { pool: "p" }, { hasPool: false }, "slot: waits for pool p, which does not exist: make it with overmind pool set p --slots N"],
    ["its delay runs", { notBefore: 5 }, { isDelayed: true }, "delay: waits for its delay to pass"],
    ["its delay runs and it needs a slot", { notBefore: 5, pool: "p" }, { isDelayed: true }, "delay: waits for its delay to pass"],
    ["one lives", {}, { live: 1, names: ["a"] }, "dependency: waits for a to end with success"],
    ["two live", {}, { live: 2, names: ["a", "b"] }, "dependency: waits for a and b to end with success"],
    ["many live", {}, { live: 9, names: ["a", "b"] }, "dependency: waits for a, b and 7 more to end with success"],
    ["any end will do", { afterAny: true }, { live: 1, names: ["a"] }, "dependency: waits for a to end"],
    ["one lives and its delay runs", { notBefore: 5 }, { live: 1, names: ["a"], isDelayed: true }, "dependency: waits for a to end with success"],
    ["one failed", {}, { broken: "a failed" }, "refuse: a failed"],
    ["one failed, others live", {}, { live: 1, names: ["b"], broken: "a failed", isDelayed: true }, "refuse: a failed"],
  ];

  it.each(cases)("when %s", (_what, spec, standing, expected) => {
    const step = queueStep({ ...queue, ...spec }, { ...clear, ...standing });
    expect(`${step.kind === "wait" ? step.waitingFor : step.kind}: ${step.note}`).toBe(expected);
  });

  it("tells until when only of a delay", () => {
    expect(queueStep({ ...queue, notBefore: 77 }, { ...clear, isDelayed: true })).toMatchObject({ until: 77 });
    expect(queueStep({ ...queue, notBefore: 77 }, clear)).toMatchObject({ until: null });
  });
});

describe("a mission that another waits for", () => {
  it.each([
    ["running", null, true, "live"],
    ["stopped", "completed", false, "succeeded"],
    ["stopped", "stopped", false, "ended"],
    ["stopped", "parent", false, "ended"],
    ["crashed", "failed", false, "ended"],
    ["crashed", "dependency", false, "ended"],
    ["killed", "killed", false, "ended"],
  ] as const)("that is %s (%s) counts as %s", (status, reason, isLive, standing) => {
    expect(dependencyOf(buildRow({ status, reason }), isLive).standing).toBe(standing);
  });

  it("tells an end once where its status is its reason", () => {
    expect(dependencyOf(buildRow({ status: "killed", reason: "killed" }), false).end).toBe("killed");
    expect(dependencyOf(buildRow({ status: "crashed", reason: "failed" }), false).end).toBe("crashed (failed)");
  });

  it.each([
    ["live", null, null],
    ["succeeded", null, null],
    ["ended", "build, which it waited for, ended crashed (failed)", null],
    ["unknown", "build, which it waited for, is not known any more", null],
  ] as const)("and is %s keeps others from starting unless any end will do", (standing, strict, any) => {
    const dependency: Dependency = { id: "b", name: "build", standing, end: "crashed (failed)" };
    expect([brokenBy(dependency, false), brokenBy(dependency, true)]).toEqual([strict, any]);
  });
});

describe("a delay", () => {
  it.each([
    ["is over where there is none", null, 100, 100, 0],
    ["is whole at first", 1100, 100, 0, 1000],
    ["is what is left of it", 1100, 100, 500, 500],
    ["is over once its time has come", 1100, 100, 1000, 0],
    ["is over when its time passed while no daemon ran", 1100, 100, 99_000, 0],
  ])("%s", (_what, notBefore, createdAt, ageMs, left) => {
    expect(delayLeft({ ...queue, notBefore }, createdAt, ageMs)).toBe(left);
  });
});

describe("a pool", () => {
  const pool = { name: "p", slots: 2, isPaused: false, createdAt: 0 };
  it.each([
    ["has room below its slots", pool, 1, true],
    ["has none at its slots", pool, 2, false],
    ["has none above them, after they became fewer", pool, 5, false],
    ["gives none while it is paused", { ...pool, isPaused: true }, 0, false],
    ["that is not there gives none", undefined, 0, false],
  ])("%s", (_what, one, used, isFree) => expect(hasFreeSlot(one, used)).toBe(isFree));

  it("serves by priority, then by age, then by the order in which missions came", () => {
    const places = [
      { priority: 0, createdAt: 1, order: 4 },
      { priority: 5, createdAt: 9, order: 2 },
      { priority: 0, createdAt: 1, order: 3 },
      { priority: -1, createdAt: 0, order: 1 },
      { priority: 5, createdAt: 8, order: 5 },
    ];
    expect(places.sort(byPlace).map(({ order }) => order)).toEqual([5, 2, 3, 4, 1]);
  });
});
