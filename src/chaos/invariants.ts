import type { OvermindClient } from "../client/overmind-client.ts";
import type { EventView } from "../protocol/messages.ts";
import { isFinal, type MissionView } from "../protocol/mission.ts";
import { databaseProblem } from "../store/integrity.ts";
import type { Expectation } from "./expectation.ts";
import { type Note, readLedger } from "./ledger.ts";
import { pool } from "./load.ts";
import type { Sandbox } from "./sandbox.ts";

/** Something that Overmind promises and did not keep. */
export interface Violation {
  readonly rule: string;
  readonly says: string;
}

/** What is known once all has come to rest. */
export interface Evidence {
  readonly missions: ReadonlyMap<string, MissionView>;
  readonly events: readonly EventView[];
  readonly notes: readonly Note[];
  readonly outputs: ReadonlyMap<string, string>;
}

type Rule = (evidence: Evidence, expectations: readonly Expectation[]) => readonly string[];

/** The promises, each with what breaks it. */
const rules: Readonly<Record<string, Rule>> = {
  "no attempt runs twice": ({ notes }) =>
    repeated(notes.filter(({ what }) => what === "start").map(({ mission, attempt }) => `${mission} attempt ${attempt}`)),
  "every mission comes to an end": ({ missions }) =>
    [...missions.values()].filter(({ status }) => !isFinal(status)).map(({ id, name, status }) => `${name} (${id}) is ${status}`),
  "no exit code is lost": ({ missions }, expectations) =>
    foretold(expectations, missions)
      .filter(({ expected, mission }) => mission.exit_code !== expected.exitCode)
      .map(
        ({ expected, mission }) =>
          `${nameOf(mission)} ended with ${mission.exit_code}, not ${expected.exitCode} (${mission.reason})`,
      ),
  "it starts as often as its policy says": ({ notes }, expectations) =>
    expectations
      .filter(
        ({ id, isHurt, kind }) => id !== null && !isHurt && ["task", "crasher", "leaver", "pooled", "parent"].includes(kind),
      )
      .map((expected) => ({
        expected,
        starts: notes.filter(({ what, mission }) => what === "start" && mission === expected.id).length,
      }))
      .filter(({ expected, starts }) => starts !== expected.attempts)
      .map(({ expected, starts }) => `${expected.name} (${expected.id}) started ${starts} times, not ${expected.attempts}`),
  "no line is lost or torn": ({ outputs }, expectations) =>
    expectations.flatMap((expected) =>
      expected.id === null || expected.kind === "pipeline" ? [] : wrongLines(expected, outputs.get(expected.id)),
    ),
  "a confirmed message arrives once, an unsure one at most once": ({ outputs }, expectations) =>
    expectations.flatMap((expected) => (expected.id === null ? [] : wrongMessages(expected, outputs.get(expected.id)))),
  "a pool holds no more than its slots": ({ notes }, expectations) => crowded(notes, expectations),
  "an agent starts after what it depends on": ({ notes, missions }, expectations) => outOfOrder(notes, missions, expectations),
  "events are numbered without a gap": ({ events }) =>
    events.flatMap(({ seq }, index) => {
      const before = events[index - 1]?.seq;
      return before === undefined || seq === before + 1 ? [] : [`${before} is followed by ${seq}`];
    }),
  "info and events tell the same": ({ missions, events }) => [...missions.values()].flatMap((mission) => untold(mission, events)),
};

/** Everything that can be asked of a daemon that has come to rest. */
export async function gather(client: OvermindClient, sandbox: Sandbox, expectations: readonly Expectation[]): Promise<Evidence> {
  const missions = new Map((await client.list({ all: true, limit: 1_000_000 })).map((mission) => [mission.id, mission]));
  const events: EventView[] = [];
  for await (const event of client.events({ since: 0 })) events.push(event);
  const outputs = new Map<string, string>();
  for (const { id, kind } of expectations) {
    if (id !== null && missions.has(id) && kind !== "pipeline") outputs.set(id, await rawOutput(client, id));
  }
  return { missions, events, notes: readLedger(sandbox.ledger), outputs };
}

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

async function rawOutput(client: OvermindClient, id: string): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const { bytes } of client.rawLogs(id)) pieces.push(bytes);
  return Buffer.concat(pieces).toString();
}

/** Those whose end nothing but themselves decides. */
function foretold(expectations: readonly Expectation[], missions: ReadonlyMap<string, MissionView>) {
  return expectations.flatMap((expected) => {
    const mission = expected.id === null ? undefined : missions.get(expected.id);
    const isForetold = !expected.isHurt && expected.kind !== "child" && expected.kind !== "session";
    return mission === undefined || !isForetold ? [] : [{ expected, mission }];
  });
}

const nameOf = ({ id, name }: MissionView): string => `${name} (${id})`;

function repeated(words: readonly string[]): string[] {
  const seen = new Set<string>();
  return words.filter((word) => seen.size === seen.add(word).size);
}

function wrongLines(expected: Expectation, output: string | undefined): string[] {
  if (output === undefined) return expected.isHurt ? [] : [`${expected.name} (${expected.id}) has no output`];
  let next = 1;
  let attempts = 0;
  for (const line of output.split("\n").slice(0, -1)) {
    if (line.startsWith("echo ")) continue;
    if (line === "1") {
      attempts += 1;
      next = 1;
    }
    // What a killed agent printed last may be cut short; the next attempt's first line follows it.
    if (line !== String(next)) {
      if (expected.isHurt) return [];
      return [`${expected.name} (${expected.id}): '${line.slice(0, 40)}' stands where ${next} should`];
    }
    next += 1;
  }
  const isWhole = expected.isHurt || expected.kind === "child" || next - 1 === expected.lines;
  const printed = expected.lines === 0 || attempts > 0;
  return isWhole && printed ? [] : [`${expected.name} (${expected.id}) ends at line ${next - 1} of ${expected.lines}`];
}

function wrongMessages({ kind, sent, unsure, isHurt, name, id }: Expectation, output = ""): string[] {
  if (kind !== "session" || isHurt) return [];
  const lines = output.split("\n");
  const count = (message: string) => lines.filter((line) => line === `echo ${message}`).length;
  return [
    ...sent.filter((message) => count(message) !== 1).map((message) => `${name} (${id}) has ${message} ${count(message)} times`),
    ...unsure.filter((message) => count(message) > 1).map((message) => `${name} (${id}) has ${message} ${count(message)} times`),
  ];
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

function untold(mission: MissionView, events: readonly EventView[]): string[] {
  if (!isFinal(mission.status)) return [];
  const last = events.findLast(({ type, mission: id }) => id === mission.id && type === "mission.ended");
  if (last === undefined) return [`${nameOf(mission)} is ${mission.status}, and no event tells of it`];
  const { status, exit_code, reason } = last.data;
  if (status === mission.status && exit_code === mission.exit_code && reason === mission.reason) return [];
  return [
    `${nameOf(mission)} is ${mission.status} ${mission.exit_code} ${mission.reason}, its event says ${status} ${exit_code} ${reason}`,
  ];
}
