import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { born, type Event, events, type Life, next, type Rules } from "./reference-model.ts";
import { ended, Stage } from "./stage.ts";

const asks = { type: "agent.waits", waitingFor: "answer", until: null, note: "Bash: npm test" } as const;
const by = "cli";

/** Each event as the machine gets it, whether or not anybody is there to tell it. */
const told: Record<Event, (stage: Stage) => unknown> = {
  started: (stage) => stage.send({ type: "process.started", osPid: 1, isAdopted: false }),
  "ends well": (stage) => stage.send(ended(0)),
  fails: (stage) => stage.send(ended(0, { exitCode: 1 })),
  "fails leaving something": (stage) => stage.send(ended(0, { exitCode: 1, isClean: false })),
  "is lost": (stage) => stage.send(ended(0, { kind: "lost", exitCode: null, isClean: false })),
  "cannot start": (stage) => stage.send(ended(0, { kind: "spawn_error", exitCode: 126 })),
  "meets a limit": (stage) => stage.send(ended(0, { exitCode: 1, verdict: "rate_limited" })),
  swept: (stage) => stage.send({ type: "process.swept", leftovers: [] }),
  stop: (stage) => stage.ask("stop"),
  kill: (stage) => stage.ask("kill"),
  restart: (stage) => stage.ask("restart"),
  pause: (stage) => stage.send({ type: "pause.requested", by }),
  unpause: (stage) => stage.send({ type: "unpause.requested", by }),
  "hand over": (stage) => stage.send({ type: "handover.requested", by }),
  waits: (stage) => stage.send(asks),
  "goes on": (stage) => stage.send({ type: "agent.goes_on" }),
  "spends all": (stage) => stage.send({ type: "budget.exceeded" }),
  "is silent": (stage) => stage.send({ type: "stall.detected", silentMs: 1, evidence: nothing }),
  "takes all memory": (stage) => stage.send({ type: "memory.exceeded", bytes: 1 }),
  deadline: (stage) => stage.send({ type: "deadline.passed" }),
  "queue moves": (stage) => stage.send({ type: "queue.moved", waitingFor: "slot", until: null, note: "" }),
  released: (stage) => stage.send({ type: "queue.released" }),
  refused: (stage) => stage.send({ type: "queue.refused", note: "" }),
  "next timer": (stage) => stage.clock.step(),
};
/** What was wished shows once the attempt ends. */
const end: readonly Event[] = ["fails", "swept"];
const nothing = { cpu_ms: null, children_born: null, processes: null };

const stageOf = ({ restart, onStall, hasTimeout }: Rules, isQueued: boolean): Stage =>
  new Stage({
    // Nothing but the rules bounds how often it starts.
    policy: { restart, onStall, timeoutMs: hasTimeout ? 60_000 : null, maxRestarts: 0, maxResumes: 0 },
    ...(isQueued ? { resume: { kind: "queued" } } : {}),
  });

/** Walks both, and compares them after each event. */
function walk(rules: Rules, isQueued: boolean, story: readonly Event[]): void {
  const stage = stageOf(rules, isQueued);
  let life = born(isQueued);
  for (const [at, event] of story.entries()) {
    told[event](stage);
    life = next(life, event, rules);
    expect([stage.state, stage.starts.length], story.slice(0, at + 1).join(", ")).toEqual([life.phase, life.attempts]);
  }
}

/** Every life that can be reached, by its shortest story; attempts beyond the second are alike. */
function reachable(rules: Rules, isQueued: boolean): Map<string, Event[]> {
  const keyOf = ({ phase, wish, outcome }: Life) => `${phase} ${wish} ${outcome}`;
  const first = born(isQueued);
  const stories = new Map<string, Event[]>([[keyOf(first), []]]);
  const open: [Life, Event[]][] = [[first, []]];
  for (let one = open.shift(); one !== undefined; one = open.shift()) {
    const [life, story] = one;
    for (const event of events) {
      const then = next(life, event, rules);
      if (stories.has(keyOf(then))) continue;
      stories.set(keyOf(then), [...story, event]);
      open.push([then, [...story, event]]);
    }
  }
  return stories;
}

const allRules: Rules[] = (["never", "on_failure", "always"] as const).flatMap((restart) =>
  (["kill", "interrupt", "notify"] as const).map((onStall) => ({ restart, onStall, hasTimeout: onStall !== "notify" })),
);

// XState's development build warns of every event sent to a machine that is over.
beforeAll(() => void vi.spyOn(console, "warn").mockReturnValue());

describe("a mission's machine and the small model of its promises", () => {
  // The walks below take these together in every other way.
  it.each(allRules.filter((_, index) => index % 4 === 0))(
    "agree on every event in every state that can be reached, under $restart and $onStall",
    (rules) => {
      // From the queue all other states can be reached too.
      const stories = reachable(rules, true);
      // So many differ by what was wished and how the attempt ended.
      expect(stories.size).toBeGreaterThan(20);
      for (const story of stories.values()) for (const event of events) walk(rules, true, [...story, event, ...end]);
    },
    60_000,
  );

  it("agree over any story", () => {
    const story = fc.array(fc.constantFrom(...events), { maxLength: 60 });
    fc.assert(fc.property(fc.constantFrom(...allRules), fc.boolean(), story, walk), { numRuns: 300 });
  });
});
