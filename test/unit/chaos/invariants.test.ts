import { expect as check, describe, it } from "vitest";
import { type Expectation, expect } from "../../../src/chaos/expectation.ts";
import { type Evidence, violations } from "../../../src/chaos/invariants.ts";
import type { Note } from "../../../src/chaos/ledger.ts";
import type { EventView } from "../../../src/protocol/messages.ts";
import type { MissionView } from "../../../src/protocol/mission.ts";

const id = "aaaaaaaa";

const missionOf = (facts: Partial<MissionView> = {}): MissionView =>
  ({ id, name: "task-1", status: "crashed", exit_code: 5, reason: "failed", parent: null, ...facts }) as MissionView;

const noteOf = (what: Note["what"], at: number, facts: Partial<Note> = {}): Note => ({
  what,
  mission: id,
  attempt: 1,
  pid: 1,
  at,
  ...facts,
});

const eventOf = (seq: number, facts: Partial<EventView> = {}): EventView => ({
  seq,
  time: "",
  type: "mission.ended",
  mission: id,
  attempt: 1,
  data: { status: "crashed", exit_code: 5, reason: "failed" },
  ...facts,
});

interface Scene {
  readonly mission?: Partial<MissionView>;
  readonly expected?: Partial<Expectation>;
  readonly evidence?: Partial<Evidence>;
  readonly kind?: Expectation["kind"];
}

/** The rules that a run broke in which one task printed two lines and ended with code 5, except for what is told. */
function broken({ mission, expected, evidence, kind = "task" }: Scene): string[] {
  const whole: Evidence = {
    missions: new Map([[id, missionOf(mission)]]),
    events: [eventOf(1)],
    notes: [noteOf("start", 1), noteOf("end", 2)],
    outputs: new Map([[id, "1\n2\n"]]),
    ...evidence,
  };
  const facts = { id, lines: 2, exitCode: 5, ...expected };
  return violations(whole, [expect("task-1", kind, facts)]).map(({ rule }) => rule);
}

describe("a run in which all was kept", () => {
  it("breaks no rule", () => {
    check(broken({})).toEqual([]);
  });
});

describe("a promise that was broken is found:", () => {
  it.each<[string, Scene]>([
    [
      "no attempt runs twice",
      { evidence: { notes: [noteOf("start", 1), noteOf("start", 2, { pid: 2 })] }, expected: { attempts: 2 } },
    ],
    ["every mission comes to an end", { mission: { status: "running" }, expected: { isHurt: true } }],
    ["no exit code is lost", { expected: { exitCode: 6 } }],
    ["it starts as often as its policy says", { evidence: { notes: [] } }],
    ["no line is lost or torn", { evidence: { outputs: new Map([[id, "1\n"]]) } }],
    ["no line is lost or torn", { evidence: { outputs: new Map([[id, "1\n2\n2\n"]]) } }],
    ["no line is lost or torn", { evidence: { outputs: new Map([[id, "1\n 2\n"]]) } }],
    ["no line is lost or torn", { evidence: { outputs: new Map() } }],
    ["events are numbered without a gap", { evidence: { events: [eventOf(1, { type: "mission.started" }), eventOf(3)] } }],
    ["info and events tell the same", { evidence: { events: [] } }],
    ["info and events tell the same", { mission: { exit_code: 7 }, expected: { exitCode: 7 } }],
  ])("%s", (rule, scene) => {
    check(broken(scene)).toEqual([rule]);
  });

  it.each([
    ["is not there", "1\n", { sent: ["m1"] }],
    ["came twice", "1\necho m1\necho m1\n", { sent: ["m1"] }],
    ["came twice, though nobody knew whether it would", "1\necho m2\necho m2\n", { unsure: ["m2"] }],
  ])("a message that %s", (_, output, facts) => {
    const scene: Scene = { kind: "session", expected: { lines: 1, ...facts }, evidence: { outputs: new Map([[id, output]]) } };
    check(broken(scene)).toEqual(["a confirmed message arrives once, an unsure one at most once"]);
  });

  it("three of a pool of two at once", () => {
    const ids = ["aaaaaaaa", "bbbbbbbb", "cccccccc"];
    const notes = ids.map((mission, at) => noteOf("start", at, { mission }));
    const ends = ids.map((mission) => noteOf("end", 9, { mission }));
    const expectations = ids.map((mission) => expect(mission, "pooled", { id: mission, exitCode: 5 }));
    const found = violations({ missions: new Map(), events: [], notes: [...notes, ...ends], outputs: new Map() }, expectations);
    check(found.filter(({ rule }) => rule.startsWith("a pool"))).toHaveLength(1);
  });

  it("an agent that did not wait for another", () => {
    const agents = ["first", "left", "right", "last"].map((name, index) =>
      missionOf({ id: `${name}`, name: index === 0 ? name : `team.${name}`, parent: id }),
    );
    const missions = new Map(agents.map((mission) => [mission.id, mission]));
    const at = { first: [1, 2], left: [3, 4], right: [1.5, 3], last: [5, 6] };
    const notes = Object.entries(at).flatMap(([mission, [start = 0, end = 0]]) => [
      noteOf("start", start, { mission }),
      noteOf("end", end, { mission }),
    ]);
    const found = violations({ missions, events: [], notes, outputs: new Map() }, [expect("team", "pipeline", { id })]);
    check(found.filter(({ rule }) => rule.startsWith("an agent")).map(({ says }) => says)).toEqual([
      "team: right started before first ended",
    ]);
  });
});

describe("what a fault hit", () => {
  it("may end as it likes and print what it could", () => {
    const scene: Scene = {
      expected: { isHurt: true, exitCode: 9 },
      evidence: { outputs: new Map([[id, "1\n"]]), notes: [noteOf("start", 1)] },
    };
    check(broken(scene)).toEqual([]);
  });
});
