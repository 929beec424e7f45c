import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { QueueFact } from "../../../../src/mission/machine-types.ts";
import type { QueueSpec } from "../../../../src/mission/spec.ts";
import { Queue } from "../../../../src/supervisor/queue/queue.ts";
import type { Dependency, DependencyStanding } from "../../../../src/supervisor/queue/queue-rule.ts";
import { SteppedClock } from "../../../support/advance.ts";

type State = "queued" | "running" | "succeeded" | "failed" | "refused" | "stopped";

interface Mission {
  readonly id: string;
  readonly queue: QueueSpec;
  readonly createdAt: number;
  state: State;
  waitingFor: string | null;
}

const endings: Readonly<Record<State, DependencyStanding>> = {
  queued: "live",
  running: "live",
  succeeded: "succeeded",
  failed: "ended",
  refused: "ended",
  stopped: "ended",
};

/** A queue with missions that do what the test says; `dies` puts another queue in its place, as a new daemon does. */
class Stage {
  readonly clock = new SteppedClock();
  readonly missions: Mission[] = [];
  readonly pools = new Map<string, { slots: number; isPaused: boolean }>();
  readonly released: string[] = [];
  readonly moves: string[] = [];
  lookups = 0;
  #soon: (() => void)[] = [];
  #queue = this.#makeQueue();

  constructor() {
    this.#queue.open();
  }

  run(spec: Partial<QueueSpec> = {}, id = `m${this.missions.length}`): Mission {
    const queue = { after: [], afterAny: false, notBefore: null, pool: null, priority: 0, ...spec };
    const { waitingFor } = this.#queue.foresee(queue, this.clock.now());
    const mission: Mission = { id, queue, createdAt: this.clock.now(), state: "queued", waitingFor };
    this.missions.push(mission);
    this.#add(mission);
    return mission;
  }

  end(mission: Mission, state: "succeeded" | "failed" | "stopped"): void {
    mission.state = state;
    this.#queue.ended(this.#dependency(mission.id));
    this.settle();
  }

  setPool(name: string, slots: number, isPaused = false): void {
    this.pools.set(name, { slots, isPaused });
    this.#queue.poolChanged(name);
    this.settle();
  }

  dies(): void {
    this.#queue.close();
    this.#soon = [];
    this.#queue = this.#makeQueue();
    for (const mission of this.missions) {
      if (mission.state === "queued") this.#add(mission);
      if (mission.state === "running" && mission.queue.pool !== null) this.#queue.hold(mission.id, mission.queue.pool);
    }
    this.#queue.open();
    this.settle();
  }

  settle(): void {
    for (let work = this.#soon.shift(); work !== undefined; work = this.#soon.shift()) work();
  }

  useOf(pool: string) {
    return this.#queue.useOf(pool);
  }

  holders(pool: string): Mission[] {
    return this.missions.filter(({ state, queue }) => state === "running" && queue.pool === pool);
  }

  #add(mission: Mission): void {
    const { id, queue, createdAt, waitingFor } = mission;
    const isQueued = () => mission.state === "queued";
    const ageMs = () => this.clock.now() - createdAt;
    const tell = (fact: QueueFact) => this.#tell(mission, fact);
    this.#queue.add({ id, queue, createdAt, ageMs, waitingFor, attempt: 1, isQueued, tell });
    this.settle();
  }

  #tell(mission: Mission, fact: QueueFact): void {
    expect(mission.state).toBe("queued");
    if (fact.type === "queue.moved") {
      this.moves.push(`${mission.id} ${fact.waitingFor}`);
      mission.waitingFor = fact.waitingFor;
    } else if (fact.type === "queue.released") {
      mission.state = "running";
      this.released.push(mission.id);
    } else {
      mission.state = "refused";
      this.#queue.ended(this.#dependency(mission.id));
    }
  }

  #dependency(id: string): Dependency {
    this.lookups += 1;
    const mission = this.missions.find((one) => one.id === id);
    return { id, name: id, standing: mission ? endings[mission.state] : "unknown", end: "" };
  }

  #makeQueue(): Queue {
    return new Queue({
      clock: {
        now: () => this.clock.now(),
        monotonic: () => this.clock.now(),
        after: (ms, run) => {
          const timer = this.clock.setTimeout(run, ms);
          return { cancel: () => this.clock.clearTimeout(timer) };
        },
      },
      pool: (name) => {
        const pool = this.pools.get(name);
        return pool && { name, createdAt: 0, ...pool };
      },
      dependency: (id) => this.#dependency(id),
      gather: (work) => work(),
      soon: (work) => this.#soon.push(work),
    });
  }
}

describe("a queued mission", () => {
  it("starts at once when nothing keeps it", () => {
    expect(new Stage().run().state).toBe("running");
  });

  it("starts when the last of those it waits for has ended well, and moves on meanwhile", () => {
    const stage = new Stage();
    stage.setPool("p", 1);
    const [one, two, third] = [stage.run(), stage.run(), stage.run({ pool: "p" })];
    const last = stage.run({ after: [one.id, two.id], notBefore: 100, pool: "p" });
    stage.end(one, "succeeded");
    stage.end(two, "succeeded");
    stage.clock.advance(100);
    stage.settle();
    expect([last.state, last.waitingFor]).toEqual(["queued", "slot"]);
    stage.end(third, "failed");
    expect(last.state).toBe("running");
    expect(stage.moves).toEqual(["m3 delay", "m3 slot"]);
  });

  it("is refused at the first of them that ends otherwise, and so is all that waits for it", () => {
    const stage = new Stage();
    const [one, two] = [stage.run(), stage.run()];
    const chain = [stage.run({ after: [one.id, two.id] }, "c0")];
    for (let at = 1; at < 2000; at += 1) chain.push(stage.run({ after: [`c${at - 1}`] }, `c${at}`));
    const any = stage.run({ after: ["c1999"], afterAny: true });
    stage.end(one, "failed");
    expect(new Set(chain.map(({ state }) => state))).toEqual(new Set(["refused"]));
    expect([two.state, any.state]).toEqual(["running", "running"]);
  });

  it("knows at once of what has ended before, and of what is forgotten", () => {
    const stage = new Stage();
    const [good, bad] = [stage.run(), stage.run()];
    stage.end(good, "succeeded");
    stage.end(bad, "failed");
    const states = [["m0"], ["m1"], ["gone"]].map((after) => stage.run({ after }).state);
    expect(states).toEqual(["running", "refused", "refused"]);
    expect([["m0"], ["m1"], ["gone"]].map((after) => stage.run({ after, afterAny: true }).state)).toEqual(
      Array(3).fill("running"),
    );
  });

  it("that is stopped gives its place to the next", () => {
    const stage = new Stage();
    stage.setPool("p", 1);
    const [one, two, three] = [stage.run({ pool: "p" }), stage.run({ pool: "p" }), stage.run({ pool: "p" })];
    stage.end(two, "stopped");
    expect(stage.useOf("p")).toEqual({ used: 1, queued: 1 });
    stage.end(one, "succeeded");
    expect([two.state, three.state]).toEqual(["stopped", "running"]);
  });

  it("of a pool that is not there waits until it is made", () => {
    const stage = new Stage();
    const one = stage.run({ pool: "p" });
    expect(one.state).toBe("queued");
    stage.setPool("p", 1);
    expect(one.state).toBe("running");
  });

  it("asks nothing again when others end: each costs one look, however many wait", () => {
    const stage = new Stage();
    stage.setPool("p", 1);
    const first = stage.run({ pool: "p" });
    for (let at = 0; at < 2000; at += 1) stage.run({ pool: "p", after: [first.id], afterAny: true });
    stage.lookups = 0;
    stage.end(first, "succeeded");
    for (const mission of stage.missions) if (mission.state === "running") stage.end(mission, "succeeded");
    expect(stage.missions.every(({ state }) => state === "succeeded")).toBe(true);
    expect(stage.lookups).toBeLessThanOrEqual(2001);
  });
});

describe("with whatever happens in whatever order", () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("run" as const),
        pool: fc.constantFrom("p", "q", null),
        priority: fc.integer({ min: -1, max: 1 }),
        after: fc.array(fc.nat(20), { maxLength: 2 }),
        afterAny: fc.boolean(),
        delay: fc.constantFrom(null, 0, 5, 30),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("end" as const),
        which: fc.nat(20),
        how: fc.constantFrom("succeeded" as const, "failed" as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("stop" as const), which: fc.nat(20) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("pool" as const),
        pool: fc.constantFrom("p", "q"),
        slots: fc.integer({ min: 1, max: 4 }),
        isPaused: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("die" as const) }) },
  );

  it("no pool gets more than its slots, the right one is next, and who can start does", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const stage = new Stage();
        for (const one of steps) {
          const before = new Map(["p", "q"].map((pool) => [pool, stage.holders(pool).length]));
          const from = stage.released.length;
          act(stage, one);
          check(stage, before, stage.released.slice(from));
        }
      }),
      { numRuns: 500 },
    );
  });

  type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

  function act(stage: Stage, one: Step): void {
    const nth = (state: State, which: number) => {
      const all = stage.missions.filter((mission) => mission.state === state);
      return all[which % Math.max(1, all.length)];
    };
    if (one.do === "run") {
      const after = one.after.flatMap((at) => stage.missions[at]?.id ?? []);
      const notBefore = one.delay === null ? null : stage.clock.now() + one.delay;
      stage.run({ pool: one.pool, priority: one.priority, after: [...new Set(after)], afterAny: one.afterAny, notBefore });
    } else if (one.do === "pool") stage.setPool(one.pool, one.slots, one.isPaused);
    else if (one.do === "pass") {
      stage.clock.advance(one.ms);
      stage.settle();
    } else if (one.do === "die") stage.dies();
    else {
      const mission = nth(one.do === "stop" ? "queued" : "running", one.which);
      if (mission !== undefined) stage.end(mission, one.do === "stop" ? "stopped" : one.how);
    }
  }

  function check(stage: Stage, before: ReadonlyMap<string, number>, released: readonly string[]): void {
    expect(new Set(stage.released).size).toBe(stage.released.length);
    for (const name of ["p", "q"]) {
      const pool = stage.pools.get(name) ?? { slots: 0, isPaused: true };
      const holders = stage.holders(name);
      expect(holders.length).toBeLessThanOrEqual(Math.max(pool.slots, before.get(name) ?? 0));
      const ready = stage.missions.filter((one) => one.queue.pool === name && canStart(stage, one));
      if (ready.length > 0) expect(pool.isPaused || holders.length >= pool.slots).toBe(true);
      const queued = stage.missions.filter((one) => one.queue.pool === name && one.state === "queued");
      expect(stage.useOf(name)).toEqual({ used: holders.length, queued: queued.length });
      // Whoever was let in now is no worse than any who still could start.
      for (const id of released) {
        const mission = stage.missions.find((one) => one.id === id) as Mission;
        if (mission.queue.pool !== name || released.length > 1) continue;
        for (const other of ready) expect(mission.queue.priority).toBeGreaterThanOrEqual(other.queue.priority);
      }
    }
    for (const one of stage.missions) {
      if (one.state === "queued" && one.queue.pool === null) expect(canStart(stage, one)).toBe(false);
      if (one.state !== "queued" || one.queue.afterAny) continue;
      const ends = one.queue.after.map((id) => stage.missions.find((other) => other.id === id)?.state);
      expect(ends.some((state) => state === "failed" || state === "refused" || state === "stopped")).toBe(false);
    }
  }

  function canStart(stage: Stage, { state, queue }: Mission): boolean {
    const isLive = (id: string) => ["queued", "running"].includes(stage.missions.find((one) => one.id === id)?.state ?? "");
    return state === "queued" && !queue.after.some(isLive) && (queue.notBefore ?? 0) <= stage.clock.now();
  }
});
