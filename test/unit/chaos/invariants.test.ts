import { expect as check, describe, it } from "vitest";
import type { Evidence } from "../../../src/chaos/evidence.ts";
import { type Expectation, expect } from "../../../src/chaos/expectation.ts";
import { violations } from "../../../src/chaos/invariants.ts";
import type { Note } from "../../../src/chaos/ledger.ts";
import type { Heard } from "../../../src/chaos/listeners.ts";
import { starved } from "../../../src/chaos/starved.ts";
import type { EventView } from "../../../src/protocol/messages.ts";
import type { MissionView } from "../../../src/protocol/mission.ts";

const id = "aaaaaaaa";

const nothing: Evidence = {
  missions: new Map(),
  infos: new Map(),
  events: [],
  notes: [],
  outputs: new Map(),
  heard: { events: [], logs: new Map(), waits: new Map(), unserved: [] },
  onDisk: [],
  open: [],
};

const missionOf = (facts: Partial<MissionView> = {}): MissionView =>
  ({
    id,
    name: "task-1",
    status: "crashed",
    exit_code: 5,
    reason: "failed",
    parent: null,
    attempts: [{ attempt: 1, exit_code: 5, reason: "failed" }],
    ...facts,
  }) as MissionView;

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

const ended = (seq: number): EventView =>
  eventOf(seq, { type: "mission.attempt_ended", data: { exit_code: 5, reason: "failed" } });

const second = noteOf("start", 2, { attempt: 2 });

/** A listener who heard something else. */
const heard = (facts: Partial<Heard>): Scene => ({
  evidence: { heard: { events: [ended(1), eventOf(2)], logs: new Map(), waits: new Map(), unserved: [], ...facts } },
});

interface Scene {
  readonly mission?: Partial<MissionView>;
  readonly expected?: Partial<Expectation>;
  readonly evidence?: Partial<Evidence>;
  readonly kind?: Expectation["kind"];
}

/** The rules that a run broke in which one task printed two lines and ended with code 5, except for what is told. */
function broken({ mission, expected, evidence, kind = "task" }: Scene): string[] {
  const events = evidence?.events ?? [ended(1), eventOf(2)];
  const whole: Evidence = {
    ...nothing,
    missions: new Map([[id, missionOf(mission)]]),
    infos: new Map([[id, missionOf(mission)]]),
    events,
    heard: { ...nothing.heard, events },
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

describe("a follower of what a removal may have taken", () => {
  it.each(["", "1\n"])("may have heard only the beginning (%j)", (text) => {
    check(broken({ ...heard({ logs: new Map([[id, text]]) }), expected: { removal: "unsure" } })).toEqual([]);
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
    ["events are numbered without a gap", { evidence: { events: [ended(1), eventOf(3)] } }],
    ["no line is lost or torn", { expected: { lines: 1 }, evidence: { outputs: new Map([[id, "1\n2\n"]]) } }],
    [
      "no line is lost or torn",
      { expected: { attempts: 2 }, evidence: { outputs: new Map([[id, "1\n1\n2\n"]]), notes: [noteOf("start", 1), second] } },
    ],
    ["no mission is lost, and none comes back", { evidence: { missions: new Map(), infos: new Map() } }],
    ["no mission is lost, and none comes back", { expected: { removal: "yes" } }],
    ["no mission is lost, and none comes back", { evidence: { onDisk: ["bbbbbbbb"] } }],
    ["it ends for the reason that it has", { expected: { reason: "timeout" } }],
    ["what was stopped does not start again", { expected: { stoppedAt: 0.5 } }],
    ["ps and info tell the same", { evidence: { infos: new Map([[id, missionOf({ attempts: [] })]]) } }],
    ["info and events tell the same", { evidence: { events: [] } }],
    ["info and events tell the same", { evidence: { events: [ended(1), eventOf(2), eventOf(3)] } }],
    ["info and events tell the same", { evidence: { events: [ended(1), ended(2), eventOf(3)] } }],
    ["info and events tell the same", { evidence: { events: [ended(1), eventOf(2), eventOf(3, { type: "mission.started" })] } }],
    ["whoever listens hears each event once and in order", heard({ events: [eventOf(2)] })],
    ["whoever listens hears each event once and in order", heard({ events: [ended(1)] })],
    ["whoever listens hears each event once and in order", heard({ events: [ended(1), eventOf(2), eventOf(2)] })],
    ["whoever follows hears the whole output", heard({ logs: new Map([[id, "1\n"]]) })],
    ["whoever follows hears the whole output", { ...heard({ logs: new Map([[id, "2\n"]]) }), expected: { removal: "unsure" } }],
    [
      "whoever waits hears how it ended",
      heard({ waits: new Map([[id, { id, name: "", status: "stopped", exit_code: 0, signal: null, reason: "completed" }]]) }),
    ],
    ["whoever listens is served", heard({ unserved: ["a wait"] })],
    ["no file of an ended mission stays open", { evidence: { open: ["missions/aaaaaaaa/1.output"] } }],
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
    const found = violations({ ...nothing, notes: [...notes, ...ends] }, expectations);
    check(found.filter(({ rule }) => rule.startsWith("a pool"))).toHaveLength(1);
  });

  it.each([
    ["before", 1, 1],
    ["after", 3, 0],
  ])("one that starts %s another's end", (_, at, count) => {
    const notes = [noteOf("start", 0), noteOf("end", 2), noteOf("start", at, { mission: "bbbbbbbb" })];
    const expectations = [expect("task-1", "task", { id, exitCode: 5 }), expect("next-2", "next", { id: "bbbbbbbb", after: id })];
    const found = violations({ ...nothing, notes }, expectations).filter(({ rule }) => rule.startsWith("an agent"));
    check(found).toHaveLength(count);
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
    const found = violations({ ...nothing, missions, notes }, [expect("team", "pipeline", { id })]);
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

describe("what could not be started for want of disk or descriptors", () => {
  const parent = "pppppppp";
  const missions = new Map([[id, missionOf({ parent })]]);
  const failed = (note: string) => eventOf(1, { type: "mission.attempt_ended", data: { reason: "spawn_error", note } });

  it("is known by its event, with the pipeline that it belongs to", () => {
    check(starved({ missions, events: [failed("claim: No space left on device")] })).toEqual(new Set([id, parent]));
  });

  it("is none of those that could not be started otherwise", () => {
    check(starved({ missions, events: [failed("exec: no such file"), eventOf(2)] })).toEqual(new Set());
  });
});
