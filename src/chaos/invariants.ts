import { isFinal, type MissionView } from "../protocol/mission.ts";
import { databaseProblem } from "../store/integrity.ts";
import type { Evidence, Rule } from "./evidence.ts";
import type { Expectation } from "./expectation.ts";
import type { Note } from "./ledger.ts";
import { wrongLines, wrongMessages } from "./line-rules.ts";
import { pool } from "./load.ts";
import type { Sandbox } from "./sandbox.ts";
import { tellings } from "./telling-rules.ts";

/** Something that Overmind promises and did not keep. */
export interface Violation {
  readonly rule: string;
  readonly says: string;
}

/** The promises, each with what breaks it. */
const rules: Readonly<Record<string, Rule>> = {
  "no mission is lost, and none comes back": ({ missions, onDisk }, expectations) => [
    ...expectations
      .filter(({ id, removal }) => id !== null && removal === "no" && !missions.has(id))
      .map(wordsOf("is not there")),
    ...expectations
      .filter(({ id, removal }) => id !== null && removal === "yes" && missions.has(id))
      .map(wordsOf("is there again")),
    ...onDisk.map((id) => `${id} has files and is no mission`),
  ],
  "no attempt runs twice": ({ notes }) =>
    repeated(notes.filter(({ what }) => what === "start").map(({ mission, attempt }) => `${mission} attempt ${attempt}`)),
  "every mission comes to an end": ({ missions }) =>
    [...missions.values()].filter(({ status }) => !isFinal(status)).map(({ id, name, status }) => `${name} (${id}) is ${status}`),
  "no exit code is lost": ({ missions }, expectations) =>
    foretold(expectations, missions)
      .filter(({ expected, mission }) => expected.exitCode !== null && mission.exit_code !== expected.exitCode)
      .map(
        ({ expected, mission }) =>
          `${nameOf(mission)} ended with ${mission.exit_code}, not ${expected.exitCode} (${mission.reason})`,
      ),
  "it ends for the reason that it has": ({ missions }, expectations) =>
    foretold(expectations, missions)
      .filter(({ expected, mission }) => expected.reason !== null && mission.reason !== expected.reason)
      .map(({ expected, mission }) => `${nameOf(mission)} ended for ${mission.reason}, not ${expected.reason}`),
  "it starts as often as its policy says": ({ notes }, expectations) =>
    expectations
      .filter(({ id, isHurt, attempts, kind }) => id !== null && !isHurt && attempts !== null && kind !== "child")
      .map((expected) => ({ expected, starts: startsOf(notes, expected).length }))
      .filter(({ expected, starts }) => starts !== expected.attempts)
      .map(({ expected, starts }) => `${expected.name} (${expected.id}) started ${starts} times, not ${expected.attempts}`),
  "what was stopped does not start again": ({ notes }, expectations) =>
    expectations
      .filter((expected) => startsOf(notes, expected).some(({ at }) => expected.stoppedAt !== null && at > expected.stoppedAt))
      .map(wordsOf("started after its stop was confirmed")),
  "no line is lost or torn": ({ outputs }, expectations) =>
    expectations.flatMap((expected) =>
      expected.id === null || expected.kind === "pipeline" || expected.removal !== "no"
        ? []
        : wrongLines(expected, outputs.get(expected.id)),
    ),
  "a confirmed message arrives once, an unsure one at most once": ({ outputs }, expectations) =>
    expectations.flatMap((expected) => (expected.id === null ? [] : wrongMessages(expected, outputs.get(expected.id)))),
  "a pool holds no more than its slots": ({ notes }, expectations) => crowded(notes, expectations),
  "an agent starts after what it depends on": ({ notes, missions }, expectations) => [
    ...outOfOrder(notes, missions, expectations),
    ...tooEarly(notes, expectations),
  ],
  "events are numbered without a gap": ({ events }) =>
    events.flatMap(({ seq }, index) => {
      const before = events[index - 1]?.seq;
      return before === undefined || seq === before + 1 ? [] : [`${before} is followed by ${seq}`];
    }),
  ...tellings,
  "no file of an ended mission stays open": ({ open }) => open,
};

/** What of all that was promised did not hold. */
export function violations(evidence: Evidence, expectations: readonly Expectation[]): Violation[] {
  return Object.entries(rules).flatMap(([rule, broken]) => broken(evidence, expectations).map((says) => ({ rule, says })));
}

/** What is left once the daemon has ended with all its missions. */
export function afterEnd(sandbox: Sandbox): Violation[] {
  const left = sandbox
    .processes()
    .map(({ pid, command }) => ({ rule: "no process is left", says: `${pid} ${command.slice(0, 120)}` }));
  const problem = databaseProblem(sandbox.paths.database);
  return [...left, ...(problem === null ? [] : [{ rule: "the database is whole", says: problem }])];
}

/** Those whose end nothing but themselves decides. */
function foretold(expectations: readonly Expectation[], missions: ReadonlyMap<string, MissionView>) {
  return expectations.flatMap((expected) => {
    const mission = expected.id === null ? undefined : missions.get(expected.id);
    return mission === undefined || expected.isHurt ? [] : [{ expected, mission }];
  });
}

const startsOf = (notes: readonly Note[], { id }: Expectation): Note[] =>
  notes.filter(({ what, mission }) => what === "start" && mission === id);

const wordsOf =
  (says: string) =>
  ({ name, id }: Expectation): string =>
    `${name} (${id}) ${says}`;

const nameOf = ({ id, name }: MissionView): string => `${name} (${id})`;

function repeated(words: readonly string[]): string[] {
  const seen = new Set<string>();
  return words.filter((word) => seen.size === seen.add(word).size);
}

function crowded(notes: readonly Note[], expectations: readonly Expectation[]): string[] {
  // One that was killed notes no end.
  const ids = new Set(expectations.filter(({ kind, isHurt }) => kind === "pooled" && !isHurt).map(({ id }) => id));
  let running = 0;
  return notes
    .filter(({ mission }) => ids.has(mission))
    .toSorted((left, right) => left.at - right.at)
    .flatMap(({ what, mission }) => {
      running += what === "start" ? 1 : -1;
      return running > pool.slots ? [`${mission} started while ${running - 1} of its pool ran`] : [];
    });
}

const dependencies: readonly (readonly [agent: string, after: string])[] = [
  ["left", "first"],
  ["right", "first"],
  ["last", "left"],
  ["last", "right"],
];

function outOfOrder(
  notes: readonly Note[],
  missions: ReadonlyMap<string, MissionView>,
  expectations: readonly Expectation[],
): string[] {
  return expectations
    .filter(({ kind, id }) => kind === "pipeline" && id !== null)
    .flatMap(({ id, name }) => {
      const agents = [...missions.values()].filter(({ parent }) => parent === id);
      const noteOf = (agent: string, what: Note["what"]) => {
        const mission = agents.find((one) => one.name === agent || one.name.endsWith(`.${agent}`));
        return notes.find((note) => note.mission === mission?.id && note.what === what);
      };
      return dependencies.flatMap(([agent, after]) => {
        const start = noteOf(agent, "start");
        const end = noteOf(after, "end");
        return start === undefined || (end !== undefined && end.at <= start.at)
          ? []
          : [`${name}: ${agent} started before ${after} ended`];
      });
    });
}

/** Of one that was killed nobody knows when it ended. */
function tooEarly(notes: readonly Note[], expectations: readonly Expectation[]): string[] {
  return expectations
    .filter(({ after, isHurt }) => after !== null && !isHurt)
    .filter((expected) => {
      const end = notes.find(({ what, mission }) => what === "end" && mission === expected.after);
      return end !== undefined && startsOf(notes, expected).some(({ at }) => at < end.at);
    })
    .map(wordsOf("started before the one that it waits for had ended"));
}
