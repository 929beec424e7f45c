// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Blueprint } from "../../../src/blueprint/blueprint.ts";
import { nextSteps, type PipelineState, type StepState } from "../../../src/blueprint/next-steps.ts";
import { type Pipeline, pipelineOf, withItems } from "../../../src/blueprint/pipeline.ts";
import { parseBlueprint } from "../../../src/blueprint/read-blueprint.ts";
import { seededRandom } from "../../support/random.ts";
import { team } from "./blueprints.ts";

const running = (tries = 1, isReady = false): StepState => ({ is: "running", tries, isReady });
const ended = (how: "succeeded" | "failed" | "stopped", tries = 1, at = 1): StepState => ({
  is: "ended",
  how,
  tries,
  wasReady: false,
  at,
});

function decide(
  blueprint: Blueprint | Pipeline,
  steps: Readonly<Record<string, StepState>>,
  more: Partial<PipelineState> = {},
  holds = () => true,
) {
  const pipeline = "order" in blueprint ? blueprint : pipelineOf(blueprint);
  const made = nextSteps(pipeline, { steps: new Map(Object.entries(steps)), skipped: new Set(), ...more }, holds);
  return { ...made, start: made.start.map(({ name }) => name), stop: made.stop.map(({ name }) => name) };
}

describe("the next steps of a pipeline", () => {
  const chain = team({ build: "", test: 'depends_on = ["build"]', ship: 'depends_on = ["test"]' });

  it("starts what waits for nothing, then what its dependencies allow, then is done", () => {
    expect(decide(chain, {})).toMatchObject({ start: ["build"], done: null });
    expect(decide(chain, { build: running() })).toMatchObject({ start: [], done: null });
    expect(decide(chain, { build: ended("succeeded") })).toMatchObject({ start: ["test"] });
    expect(decide(chain, { build: ended("succeeded"), test: ended("succeeded"), ship: ended("succeeded") }).done).toEqual({
      status: "stopped",
      failedAgent: null,
    });
  });

  it("ends at the first failure: what runs is stopped, what has not started never starts", () => {
    const wide = team({ a: "", b: "", c: 'depends_on = ["a"]', d: 'depends_on = ["b"]' });
    expect(decide(wide, { a: ended("failed"), b: running() })).toMatchObject({ start: [], stop: ["b"], done: null });
    expect(decide(wide, { a: ended("failed", 1, 5), b: ended("stopped", 1, 6) }).done).toEqual({
      status: "crashed",
      failedAgent: "a",
    });
    expect(decide(wide, { a: ended("failed", 1, 9), b: ended("failed", 1, 6) }).done).toEqual({
      status: "crashed",
      failedAgent: "b",
    });
  });

  it("keeps services up behind the last task, unless the blueprint says that they end with it", () => {
    const text = `[agents.web]\ntype = "service"\ncommand = "x"\n[agents.try]\ncommand = "x"\ndepends_on = ["web"]\nretry = 1\n[agents.clean]\ncommand = "x"\nfinally = true`;
    const up = { web: running(1, true) };
    expect(decide(parseBlueprint(text), { ...up, try: ended("succeeded") })).toMatchObject({ start: [], stop: [], done: null });
    const brief = parseBlueprint(`[blueprint]\nkeep_services = false\n${text}`);
    expect(decide(brief, up)).toMatchObject({ start: ["try"], stop: [] });
    expect(decide(brief, { ...up, try: ended("failed") })).toMatchObject({ start: ["try"], stop: [] });
    expect(decide(brief, { ...up, try: ended("succeeded") })).toMatchObject({ start: [], stop: ["web"], done: null });
    const over = { web: ended("stopped"), try: ended("succeeded") };
    expect(decide(brief, over)).toMatchObject({ start: ["clean"], done: null });
    expect(decide(brief, { ...over, clean: ended("succeeded") }).done).toEqual({ status: "stopped", failedAgent: null });
    // Where there are only services there is nothing to end with.
    const alone = parseBlueprint('[blueprint]\nkeep_services = false\n[agents.web]\ntype = "service"\ncommand = "x"');
    expect(decide(alone, up)).toMatchObject({ stop: [], done: null });
  });

  it("is held up by no session that waits for messages, unless there is nothing else", () => {
    const idle = 'type = "session"\nprovider = "claude"';
    const text = `[agents.idle]\n${idle}\n[agents.work]\ncommand = "x"\ndepends_on = ["idle"]`;
    const both = parseBlueprint(`[blueprint]\nmax_parallel = 1\n${text}`);
    expect(decide(both, {})).toMatchObject({ start: ["idle"] });
    expect(decide(both, { idle: running() })).toMatchObject({ start: [], done: null });
    // It takes no slot either.
    expect(decide(both, { idle: running(1, true) })).toMatchObject({ start: ["work"] });
    expect(decide(both, { idle: running(1, true), work: ended("succeeded") }).done).toEqual({
      status: "stopped",
      failedAgent: null,
    });
    expect(decide(parseBlueprint(`[agents.idle]\n${idle}`), { idle: running(1, true) }).done).toBeNull();
  });

  it("lets independent branches finish with on_failure = continue", () => {
    const wide = team({ a: "", b: "", c: 'depends_on = ["a"]', d: 'depends_on = ["b"]' }, '[blueprint]\non_failure = "continue"');
    const made = decide(wide, { a: ended("failed"), b: ended("succeeded") });
    expect(made).toMatchObject({
      start: ["d"],
      stop: [],
      skip: [{ agent: "c", because: { agent: "a", condition: "completed" } }],
      done: null,
    });
    const skipped = new Set(["c"]);
    expect(decide(wide, { a: ended("failed"), b: ended("succeeded"), d: ended("succeeded") }, { skipped }).done).toEqual({
      status: "crashed",
      failedAgent: "a",
    });
  });

  it("tries again what failed as often as `retry` says", () => {
    const one = team({ a: "retry = 2" });
    expect([1, 2, 3].map((tries) => decide(one, { a: ended("failed", tries) }).start)).toEqual([["a"], ["a"], []]);
    expect(decide(one, { a: ended("failed", 3) }).done).toEqual({ status: "crashed", failedAgent: "a" });
  });

  it("runs `finally` once all others are settled, whatever happened", () => {
    const made = team({
      a: "",
      b: 'depends_on = ["a"]',
      clean: "finally = true",
      last: 'finally = true\ndepends_on = ["clean"]',
    });
    expect(decide(made, { a: running() }).start).toEqual([]);
    expect(decide(made, { a: ended("failed") }).start).toEqual(["clean"]);
    expect(decide(made, { a: ended("failed"), clean: ended("succeeded") })).toMatchObject({ start: ["last"], done: null });
    expect(decide(made, { a: ended("failed"), clean: ended("succeeded"), last: ended("succeeded") }).done).toEqual({
      status: "crashed",
      failedAgent: "a",
    });
    const fine = { a: ended("succeeded"), b: ended("succeeded") };
    expect(decide(made, { ...fine, clean: ended("failed") })).toMatchObject({
      skip: [{ agent: "last" }],
      done: { status: "crashed", failedAgent: "clean" },
    });
  });

  it("takes a failure that another agent waits for (`finished`) as handled", () => {
    const loop = team({ test: "", fix: 'depends_on = { test = "finished" }\nwhen = "agents.test.exit_code != 0"' });
    expect(decide(loop, { test: ended("failed") })).toMatchObject({ start: ["fix"], stop: [] });
    expect(decide(loop, { test: ended("failed"), fix: ended("succeeded") }).done).toEqual({
      status: "stopped",
      failedAgent: null,
    });
    expect(decide(loop, { test: ended("succeeded") }, {}, () => false)).toMatchObject({
      skip: [{ agent: "fix", because: "when" }],
      done: { status: "stopped" },
    });
  });

  it("still fails when a handled failure kept an agent from running", () => {
    const loop = team({ test: "", fix: 'depends_on = { test = "finished" }', ship: 'depends_on = ["test"]' });
    const made = decide(loop, { test: ended("failed"), fix: ended("succeeded") });
    expect(made).toMatchObject({ skip: [{ agent: "ship" }], done: { status: "crashed", failedAgent: "test" } });
  });

  it("waits for readiness, and stays up as long as a service does", () => {
    const made = team(
      { db: 'type = "service"\nready = { log = "up" }', app: 'depends_on = ["db"]' },
      "[blueprint]\nmax_parallel = 1",
    );
    expect(decide(made, { db: running() }).start).toEqual([]);
    expect(decide(made, { db: running(1, true) }).start).toEqual(["app"]);
    expect(decide(made, { db: running(1, true), app: ended("succeeded") }).done).toBeNull();
    expect(decide(made, { db: running(1, true), app: ended("succeeded") }, { isEnding: true }).stop).toEqual(["db"]);
    expect(decide(made, { db: ended("stopped"), app: ended("succeeded") }, { isEnding: true }).done).toEqual({
      status: "stopped",
      failedAgent: null,
    });
  });

  it("fans out: asks for the list, keeps to the agent's own max_parallel, and joins at the end", () => {
    const made = team({
      plan: "",
      each: 'foreach = "${agents.plan.json}"\ndepends_on = ["plan"]\nmax_parallel = 2',
      join: 'depends_on = ["each"]',
    });
    const pipeline = pipelineOf(made);
    expect(decide(pipeline, { plan: ended("succeeded") })).toMatchObject({ expand: ["each"], start: [], done: null });
    const filled = withItems(pipeline, "each", ["x", "y", "z"]);
    expect(decide(filled, { plan: ended("succeeded") }).start).toEqual(["each-1", "each-2"]);
    expect(decide(filled, { plan: ended("succeeded"), "each-1": ended("succeeded"), "each-2": running() }).start).toEqual([
      "each-3",
    ]);
    const all = { "each-1": ended("succeeded"), "each-2": ended("succeeded"), "each-3": ended("succeeded") };
    expect(decide(filled, { plan: ended("succeeded"), ...all }).start).toEqual(["join"]);
    expect(decide(withItems(pipeline, "each", []), { plan: ended("succeeded") }).start).toEqual(["join"]);
  });
});

describe("any pipeline of 200 agents", () => {
  it("starts each agent once, only after its conditions hold, uses all its slots, and ends", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(1, 3, 8, 1000), fc.boolean(), walk), {
      numRuns: 100,
    });
  }, 120_000);
});

/** Walks a random graph to its end, forgetting all but the state at every step, as a killed daemon would. */
function walk(seed: number, maxParallel: number, goesOn: boolean): void {
  const random = seededRandom(seed);
  const blueprint = randomTeam(random, maxParallel, goesOn);
  const pipeline = pipelineOf(blueprint);
  const steps = new Map<string, StepState>();
  const skipped = new Set<string>();
  const starts = new Map<string, number>();
  for (let at = 0; at < 5000; at += 1) {
    const made = nextSteps(pipeline, { steps, skipped }, () => seed % 2 === 0);
    for (const { agent } of made.skip) skipped.add(agent);
    for (const { name } of made.start) {
      expect(steps.get(name)?.is).not.toBe("running");
      expectConditions(blueprint, name, steps, skipped);
      const tries = (starts.get(name) ?? 0) + 1;
      starts.set(name, tries);
      expect(tries).toBeLessThanOrEqual(1 + (blueprint.agents.get(name)?.retry ?? 0));
      steps.set(name, running(tries));
    }
    const live = [...steps].filter(([, state]) => state.is === "running");
    expect(live.length).toBeLessThanOrEqual(maxParallel);
    // What starts may be all that another one waits for.
    if (made.start.length > 0) continue;
    if (made.done !== null) {
      expect(live).toEqual([]);
      return;
    }
    expectAllSlotsUsed(blueprint, steps, skipped, live.length, maxParallel, made.stop.length > 0);
    if (live.length === 0) continue;
    for (const { name } of made.stop) steps.set(name, { is: "ended", how: "stopped", tries: 1, wasReady: false, at });
    const [name, state] = live[Math.floor(random() * live.length)] ?? ["", running()];
    if (steps.get(name)?.is === "running")
      steps.set(name, { is: "ended", how: random() < 0.97 ? "succeeded" : "failed", tries: state.tries, wasReady: false, at });
  }
  throw new Error(`seed ${seed} does not end`);
}

function randomTeam(random: () => number, maxParallel: number, goesOn: boolean): Blueprint {
  const words = ["completed", "completed", "finished", "started"];
  const agents: Record<string, string> = {};
  for (let index = 0; index < 200; index += 1) {
    const earlier = Object.keys(agents).filter((name) => !name.startsWith("f") && random() < 3 / Math.max(3, index));
    const needs = earlier.map((name) => `${name} = "${words[Math.floor(random() * words.length)]}"`);
    const isLast = random() < 0.03;
    agents[`${isLast ? "f" : "a"}${index}`] =
      `depends_on = { ${needs.join(", ")} }\nretry = ${random() < 0.2 ? 1 : 0}\n${isLast ? "finally = true" : ""}\n${random() < 0.05 ? 'when = "true"' : ""}`;
  }
  return team(agents, `[blueprint]\nmax_parallel = ${maxParallel}\non_failure = "${goesOn ? "continue" : "stop"}"`);
}

function expectConditions(
  { agents }: Blueprint,
  name: string,
  steps: ReadonlyMap<string, StepState>,
  skipped: ReadonlySet<string>,
): void {
  const agent = agents.get(name);
  for (const { agent: on, condition } of agent?.dependsOn ?? []) {
    if (agent?.isFinally && !agents.get(on)?.isFinally) continue;
    const state = steps.get(on);
    if (condition === "started") expect(state).toBeDefined();
    if (condition === "completed") expect(state).toMatchObject({ is: "ended", how: "succeeded" });
    if (condition === "finished" && !skipped.has(on)) expect(state?.is).toBe("ended");
  }
}

/** With a slot free and no failure, nothing whose dependencies all succeeded is left waiting. */
function expectAllSlotsUsed(
  { agents }: Blueprint,
  steps: ReadonlyMap<string, StepState>,
  skipped: ReadonlySet<string>,
  live: number,
  slots: number,
  isStopping: boolean,
): void {
  const states = [...steps.values()];
  if (live >= slots || isStopping || states.some((state) => state.is === "ended" && state.how !== "succeeded")) return;
  const waiting = [...agents.values()].filter(({ name, isFinally }) => !steps.has(name) && !skipped.has(name) && !isFinally);
  const free = waiting.filter(({ dependsOn }) =>
    dependsOn.every(({ agent }) => {
      const state = steps.get(agent);
      return state?.is === "ended" && state.how === "succeeded";
    }),
  );
  expect(free.map(({ name }) => name)).toEqual([]);
}
