import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextSteps, type StepState } from "../../../src/blueprint/next-steps.ts";
import { type Pipeline, pipelineOf, type Step } from "../../../src/blueprint/pipeline.ts";
import { assertKept, casesOf } from "../../support/corpus.ts";
import { team } from "./blueprints.ts";
import {
  begin,
  type Condition,
  type Copy,
  conditions,
  type Member,
  Oracle,
  type Plan,
  type World,
} from "./reference-pipeline.ts";

/** What may happen to a copy that runs, or to all. */
const happenings = ["is ready", "ends well", "fails", "is stopped", "all is to end"] as const;
type Happening = { readonly what: (typeof happenings)[number]; readonly pick: number };

const member = (facts: Partial<Member> & { name: string }): Member => ({
  needs: [],
  copies: 1,
  retry: 0,
  isService: false,
  isFinally: false,
  isWanted: true,
  mostAtOnce: null,
  ...facts,
});

function pipelineFor({ members, mostAtOnce, endsAtFailure, endsWithTasks }: Plan): Pipeline {
  const lines = ({ needs, copies, retry, isService, isFinally, mostAtOnce: own }: Member): string =>
    [
      `depends_on = { ${needs.map(({ on, until }) => `${on} = "${until}"`).join(", ")} }`,
      'ready = { log = "up" }',
      ...(copies > 1 ? [`replicas = ${copies}`] : []),
      ...(own === null ? [] : [`max_parallel = ${own}`]),
      ...(isService ? ['type = "service"'] : [`retry = ${retry}`]),
      ...(isFinally ? ["finally = true"] : []),
      'when = "true"',
    ].join("\n");
  const head = [
    "[blueprint]",
    `on_failure = "${endsAtFailure ? "stop" : "continue"}"`,
    ...(mostAtOnce === null ? [] : [`max_parallel = ${mostAtOnce}`]),
    ...(endsWithTasks === true ? ["keep_services = false"] : []),
  ];
  return pipelineOf(team(Object.fromEntries(members.map((one) => [one.name, lines(one)])), head.join("\n")));
}

/** The real one, with nothing between two calls but what is stored. */
class Real {
  readonly #pipeline: Pipeline;
  readonly #plan: Plan;
  readonly steps = new Map<string, StepState>();
  readonly skipped = new Set<string>();
  isEnding = false;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#pipeline = pipelineFor(plan);
  }

  stepsOf(name: string): readonly Step[] {
    return this.#pipeline.steps.get(name) ?? [];
  }

  settle() {
    for (;;) {
      const wants = new Map(this.#plan.members.map(({ name, isWanted }) => [name, isWanted]));
      const { steps, skipped, isEnding } = this;
      const made = nextSteps(this.#pipeline, { steps, skipped, isEnding }, ({ name }) => wants.get(name) === true);
      for (const { agent } of made.skip) this.skipped.add(agent);
      for (const { name } of made.start) steps.set(name, { is: "running", tries: triesOf(steps.get(name)) + 1, isReady: false });
      if (made.skip.length + made.start.length === 0) return made;
    }
  }
}

const triesOf = (state: StepState | undefined): number => state?.tries ?? 0;

function walk(plan: Plan, story: readonly Happening[]): void {
  const real = new Real(plan);
  const world = begin(plan);
  const oracle = new Oracle(plan, world);
  for (let at = 0; ; at += 1) {
    const { stop, done } = real.settle();
    oracle.settle();
    expect(picture(plan, real)).toEqual(pictureOf(plan, world));
    expect([...new Set(stop.map(({ agent }) => agent))].toSorted()).toEqual(oracle.stops.toSorted());
    expect(done).toEqual(oracle.verdict);
    const happening = story[at];
    if (happening === undefined || done !== null) return;
    happen(plan, real, world, happening, at);
  }
}

function happen(plan: Plan, real: Real, world: World, { what, pick }: Happening, at: number): void {
  if (what === "all is to end") {
    // Once in a while: it ends the story.
    if (pick % 4 === 0) real.isEnding = world.isAskedToEnd = true;
    return;
  }
  const live = plan.members.flatMap(({ name }) =>
    (world.copies.get(name) ?? []).flatMap((copy, index) =>
      copy.is === "running" || copy.is === "ready" ? [{ name, copy, index }] : [],
    ),
  );
  const hit = live[pick % Math.max(1, live.length)];
  const step = hit && real.stepsOf(hit.name)[hit.index];
  if (hit === undefined || step === undefined) return;
  const { copy } = hit;
  const wasReady = copy.is === "ready";
  if (what === "is ready") {
    copy.is = "ready";
    real.steps.set(step.name, { is: "running", tries: copy.tries, isReady: true });
    return;
  }
  copy.is = what === "ends well" ? "well" : what === "fails" ? "badly" : "stopped";
  copy.wasReady = wasReady;
  copy.at = at;
  const how = what === "ends well" ? "succeeded" : what === "fails" ? "failed" : "stopped";
  real.steps.set(step.name, { is: "ended", how, tries: copy.tries, wasReady, at });
}

/** What a person would see: how each copy stands, and which agents are skipped. */
const picture = (plan: Plan, real: Real) =>
  plan.members.map(({ name }) =>
    real.skipped.has(name)
      ? `${name} skipped`
      : `${name} ${real
          .stepsOf(name)
          .map((step) => wordOf(real.steps.get(step.name)))
          .join(" ")}`,
  );
const pictureOf = ({ members }: Plan, { copies, skipped }: World) =>
  members.map(({ name }) =>
    skipped.has(name) ? `${name} skipped` : `${name} ${(copies.get(name) ?? []).map(wordFor).join(" ")}`,
  );

function wordOf(state: StepState | undefined): string {
  if (state === undefined) return "new0";
  const how = state.is === "running" ? (state.isReady ? "ready" : "running") : state.how;
  return `${how}${state.tries}`;
}
const wordFor = ({ is, tries }: Copy): string => `${{ well: "succeeded", badly: "failed" }[is as "well"] ?? is}${tries}`;

const somePlan: fc.Arbitrary<Plan> = fc
  .record({
    members: fc.array(
      fc.record({
        needs: fc.array(fc.record({ on: fc.nat(6), until: fc.constantFrom(...conditions) }), { maxLength: 3 }),
        copies: fc.constantFrom(1, 1, 1, 2, 3),
        retry: fc.constantFrom(0, 0, 1),
        isService: fc.constantFrom(false, false, false, true),
        isFinally: fc.constantFrom(false, false, false, false, true),
        isWanted: fc.constantFrom(true, true, true, false),
        mostAtOnce: fc.constantFrom(null, null, 1),
      }),
      { minLength: 1, maxLength: 7 },
    ),
    mostAtOnce: fc.constantFrom(null, 1, 2),
    endsAtFailure: fc.boolean(),
    endsWithTasks: fc.boolean(),
  })
  .map(({ members, ...plan }) => ({ ...plan, members: members.map(tidied) }));

type Rough = Omit<Member, "name" | "needs"> & { readonly needs: readonly { on: number; until: Condition }[] };

/** As a blueprint may say it: nothing depends on what comes later, on the same twice, or on what runs at the end. */
function tidied(one: Rough, index: number, all: readonly Rough[]): Member {
  const isFinally = one.isFinally && !one.isService;
  const isLater = (on: number) => all[on]?.isFinally === true && all[on]?.isService === false;
  const known = new Map(
    one.needs.filter(({ on }) => on < index && (isFinally || !isLater(on))).map(({ on, until }) => [on, until]),
  );
  const needs = [...known]
    // What stays up never completes.
    .map(([on, until]) => ({
      on: `m${on}`,
      until: all[on]?.isService && (until === "completed" || until === "finished") ? ("ready" as const) : until,
    }));
  return member({
    ...one,
    name: `m${index}`,
    needs,
    isFinally,
    retry: one.isService ? 0 : one.retry,
    mostAtOnce: one.copies > 1 ? one.mostAtOnce : null,
  });
}

const someStory = fc.array(fc.record({ what: fc.constantFrom(...happenings), pick: fc.nat(1000) }), { maxLength: 40 });

describe("the next steps of a pipeline and the small model of its promises", () => {
  it("agree over any story of any pipeline", () => {
    assertKept("pipelines", fc.property(somePlan, someStory, walk), { numRuns: 800 });
  }, 120_000);

  it.each(casesOf<[Plan, Happening[]]>("pipelines"))("agree in the kept case $name", ({ values }) => {
    walk(...values);
  });
});

const states = {
  new: [],
  running: ["a"],
  ready: ["a", "is ready"],
  "ended well": ["a", "ends well"],
  "ended well, once ready": ["a", "is ready", "ends well"],
  "failed, with a try left": ["a", "fails"],
  "failed for good": ["a", "fails", "a", "fails"],
  "failed for good, once ready": ["a", "fails", "a", "is ready", "fails"],
  stopped: ["a", "is stopped"],
  "stopped, once ready": ["a", "is ready", "is stopped"],
  skipped: null,
} as const;

// What becomes of an agent that waits for another in each state: it starts, waits, or is skipped.
const golden = `
state                       | started | ready | completed | finished
new                         | waits   | waits | waits     | waits
running                     | starts  | waits | waits     | waits
ready                       | starts  | starts| waits     | waits
ended well                  | starts  | starts| starts    | starts
ended well, once ready      | starts  | starts| starts    | starts
failed, with a try left     | starts  | waits | waits     | waits
failed for good             | starts  | skipped | skipped | starts
failed for good, once ready | starts  | starts| skipped   | starts
stopped                     | starts  | skipped | skipped | starts
stopped, once ready         | starts  | starts| skipped   | starts
skipped                     | skipped | skipped | skipped | starts
`;

const pairs = golden
  .trim()
  .split("\n")
  .slice(1)
  .flatMap((line) => {
    const [state = "", ...cells] = line.split("|").map((cell) => cell.trim());
    return cells.map((becomes, column) => ({
      state: state as keyof typeof states,
      until: conditions[column] as Condition,
      becomes,
    }));
  });

/** How the first stands after these words: `a` is the start of one more try, the others what happens to it. */
function stateAfter(words: readonly string[]): StepState | undefined {
  let state: StepState | undefined;
  for (const word of words) {
    const tries = triesOf(state);
    const wasReady = state?.is === "running" && state.isReady;
    const how = { "ends well": "succeeded", fails: "failed", "is stopped": "stopped" }[word] as "failed" | undefined;
    if (word === "a") state = { is: "running", tries: tries + 1, isReady: false };
    else if (word === "is ready") state = { is: "running", tries, isReady: true };
    else if (how !== undefined) state = { is: "ended", how, tries, wasReady, at: 1 };
  }
  return state;
}

describe("the table of states and conditions", () => {
  it("has no hole", () => {
    expect(pairs).toHaveLength(Object.keys(states).length * conditions.length);
  });

  it.each(pairs)("of one that is $state, an agent that waits until it is $until $becomes", ({ state, until, becomes }) => {
    const plan: Plan = {
      members: [member({ name: "m0", retry: 1 }), member({ name: "m1", needs: [{ on: "m0", until }] })],
      mostAtOnce: null,
      endsAtFailure: false,
    };
    const words = states[state];
    const first = words === null ? undefined : stateAfter(words);
    const known = { steps: new Map(first === undefined ? [] : [["m0", first]]), skipped: new Set(words === null ? ["m0"] : []) };
    const { start, skip } = nextSteps(pipelineFor(plan), known);
    const isStarted = start.some(({ name }) => name === "m1");
    const isSkipped = skip.some(({ agent }) => agent === "m1");
    expect(isStarted ? "starts" : isSkipped ? "skipped" : "waits").toBe(becomes);
  });
});
