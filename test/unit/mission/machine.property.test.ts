import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { MissionEvent } from "../../../src/events/domain-event.ts";
import type { ProcessInput, ProcessOrder, Resume } from "../../../src/mission/machine-types.ts";
import { ended, Stage } from "./stage.ts";

type Step =
  | "starts"
  | "exits"
  | "exits leaving something"
  | "is lost"
  | "is swept"
  | "stop"
  | "kill"
  | "restart"
  | "a moment"
  | "an hour";

const steps: readonly Step[] = [
  "starts",
  "exits",
  "exits leaving something",
  "is lost",
  "is swept",
  "stop",
  "kill",
  "restart",
  "a moment",
  "an hour",
];

/** A process as the operating system has it: it does only what a process can do next. */
class World {
  readonly stage: Stage;
  #state: "none" | "asked" | "runs" | "left" | "sweeping" = "none";
  #isEndAsked = false;
  #begun = 0;
  readonly wrongs: string[] = [];

  constructor(policy: ConstructorParameters<typeof Stage>[0]) {
    this.stage = new Stage({ ...policy, onStart: (input) => this.#start(input), onOrder: (order) => this.#obey(order) });
  }

  take(step: Step): void {
    const { stage } = this;
    if (step === "starts" && this.#state === "asked") this.#become("runs", () => stage.started());
    if (step === "exits" && this.#isThere) this.#become("none", () => stage.ends({ exitCode: stage.clock.now() % 2 }));
    if (step === "exits leaving something" && this.#isThere)
      this.#become("left", () => stage.ends({ exitCode: 1, isClean: false }));
    if (step === "is lost" && this.#isThere)
      this.#become("left", () => stage.tell(ended(0, { kind: "lost", exitCode: null, isClean: false })));
    if (step === "is swept" && this.#state === "sweeping") this.#become("none", () => stage.swept(5));
    if (step === "a moment") stage.pass(1500);
    if (step === "an hour") stage.pass(3_600_000);
    if (step === "stop" || step === "kill" || step === "restart") this.#ask(step);
  }

  /** Plays the process to its end as an obedient one would after a stop. */
  finish(): void {
    this.take("stop");
    this.take("an hour");
    this.take("exits leaving something");
    this.take("is swept");
  }

  get #isThere(): boolean {
    return this.#state === "asked" || this.#state === "runs";
  }

  #ask(wish: "stop" | "kill" | "restart"): void {
    if (wish !== "restart") this.#isEndAsked = true;
    this.stage.ask(wish);
  }

  #become(state: "none" | "runs" | "left", tell: () => unknown): void {
    this.#state = state;
    tell();
  }

  #start({ attempt, mode }: ProcessInput): void {
    if (this.#isEndAsked) this.wrongs.push(`attempt ${attempt} starts after a stop`);
    if (this.#state !== "none") this.wrongs.push(`attempt ${attempt} starts while another ${this.#state}`);
    if (mode === "adopt" && this.#begun > 0) this.wrongs.push(`attempt ${attempt} is adopted late`);
    this.#begun += 1;
    this.#state = "asked";
  }

  #obey(order: ProcessOrder): void {
    if (order.type !== "sweep") return;
    if (this.#state !== "left") this.wrongs.push(`a sweep while the process is ${this.#state}`);
    this.#state = "sweeping";
  }
}

const end = { attempt: 1, exit_code: 1, signal: null, reason: "failed", ended_at: 0, leftovers: [] } as const;
const resumes: readonly Resume[] = [
  { kind: "start" },
  { kind: "adopt", wish: null, ranMs: 10 },
  { kind: "adopt", wish: "restart", ranMs: 10 },
  { kind: "ended", wish: null, end, ranMs: 10 },
  { kind: "backing_off", delayMs: 300, end },
];

const somePolicy = fc.record({
  restart: fc.constantFrom("never", "on_failure", "always"),
  timeoutMs: fc.constantFrom(null, 1000, 100_000),
  graceMs: fc.constantFrom(0, 1000, 10_000),
  backoffMs: fc.constantFrom(0, 1000),
  maxRestarts: fc.constantFrom(0, 1, 3),
  keepLeftovers: fc.boolean(),
});
const someSteps = fc.array(fc.constantFrom(...steps), { maxLength: 30 });

// XState's development build warns of every event sent to a machine that is over.
beforeAll(() => void vi.spyOn(console, "warn").mockReturnValue());

describe("whatever happens to a mission", () => {
  it("one attempt runs at a time, none starts after a stop, and a stop brings it to its end", () => {
    fc.assert(
      fc.property(somePolicy, fc.constantFrom(...resumes), someSteps, (policy, resume, story) => {
        const world = new World({ policy, resume });
        for (const step of story) world.take(step);
        world.finish();
        expect(world.wrongs).toEqual([]);
        expect(world.stage.state).toBe("ended");
        checkStarts(world.stage);
        checkLog(world.stage.events);
      }),
      { numRuns: 200 },
    );
  });
});

function checkStarts({ starts }: Stage): void {
  starts.forEach((start, index) => {
    const former = starts[index - 1];
    if (former === undefined) return;
    expect(start.attempt).toBe(former.attempt + 1);
    expect(start.restarts).toBe(former.restarts + 1);
  });
}

function checkLog(events: readonly MissionEvent[]): void {
  const last = events.at(-1);
  expect(last?.type).toBe("mission.ended");
  expect(events.filter((event) => event.type === "mission.ended")).toHaveLength(1);
  const ends = events.filter((event) => event.type === "mission.attempt_ended").map(({ attempt }) => attempt);
  expect(new Set(ends).size).toBe(ends.length);
  const attempts = events.flatMap((event) => ("attempt" in event ? [event.attempt] : []));
  expect(attempts).toEqual(attempts.toSorted((left, right) => left - right));
}
