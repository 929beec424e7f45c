import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { homePaths, missionPaths } from "../../../src/base/paths.ts";
import { makeMissionFiles, makeMissionsDirectory } from "../../../src/supervisor/mission-files.ts";
import { factsFromFiles } from "../../../src/supervisor/recovery/rebuild.ts";
import { buildSpec } from "../../support/builders.ts";
import { useScratch } from "./scratch.ts";

const scratch = useScratch();
const now = 50_000;

/** A home whose database is lost: a mission's attempts have told these ends, or none. */
const homeWith = (...exits: (string | null)[]) => makeHome(false, exits);

/** As they lay before: each attempt in a directory, its end in a file of its own. */
const formerHomeWith = (...exits: (string | null)[]) => makeHome(true, exits);

function makeHome(isFormer: boolean, exits: readonly (string | null)[]) {
  const home = homePaths({ OVERMIND_HOME: scratch.directory() });
  makeMissionsDirectory(home);
  const spec = buildSpec({ policy: { successCodes: [0, 3] } });
  makeMissionFiles(home, spec, Buffer.from("A=1\0"));
  exits.forEach((exit, index) => {
    const { directory } = missionPaths(home, spec.id);
    if (isFormer) mkdirSync(join(directory, String(index + 1)));
    const paths = missionPaths(home, spec.id).attempt(index + 1);
    if (paths.former === null)
      writeFileSync(paths.record, exit === null ? "pending".padEnd(128) : `${exit.slice(0, -1).padEnd(127)}\n`);
    else if (exit !== null) writeFileSync(paths.former.exit, exit);
  });
  const rebuilt = () => {
    const store = scratch.open(join(home.home, "new.db"));
    store.record(factsFromFiles(home, now, null));
    return { mission: store.missions.byId(spec.id), attempts: store.attempts.of(spec.id), store };
  };
  return { home, spec, rebuilt };
}

describe("a mission whose database is lost", () => {
  it.each([
    ["", homeWith],
    [", also from the files of a former version", formerHomeWith],
  ])("keeps its name, its policy, its last end and those before%s", (_, makeHomeWith) => {
    const { spec, rebuilt } = makeHomeWith("1 - 3000 clean\n", "143 15 4000 left\n", "3 - 5000 clean\n");
    const { mission, attempts } = rebuilt();
    expect(mission).toMatchObject({
      name: spec.name,
      spec,
      status: "stopped",
      reason: "completed",
      exit_code: 3,
      ended_at: 5000,
      attempt: 3,
      restarts: 2,
      created_at: 1000,
    });
    expect(attempts).toMatchObject([
      { attempt: 1, reason: "failed", exit_code: 1, ended_at: 3000 },
      { attempt: 2, reason: "signaled", exit_code: 143, signal: "SIGTERM", ended_at: 4000 },
      { attempt: 3, reason: "completed", exit_code: 3, ended_at: 5000 },
    ]);
  });

  it.each([
    ["127 - 9 spawn_error no such program\n", "spawn_error", 127],
    ["144 - 9 clean\n", "failed", 144],
    ["137 9 9 clean\n", "signaled", 137],
  ])("that ended with %j is crashed: %s", (exit, reason, exit_code) => {
    expect(homeWith(exit).rebuilt().mission).toMatchObject({ status: "crashed", reason, exit_code });
  });

  it.each([[null], ["pending        \n"], ["0 - 9 cle"]])("whose exit file is %j is left to recovery as live", (exit) => {
    const { mission, attempts } = homeWith("1 - 3000 clean\n", exit).rebuilt();
    expect(mission).toMatchObject({ status: "starting", reason: null, exit_code: null, ended_at: null, attempt: 2 });
    expect(attempts).toMatchObject([
      { attempt: 1, reason: "failed" },
      { attempt: 2, reason: null },
    ]);
  });

  it("is told in the log as rebuilt", () => {
    const { store } = homeWith("0 - 9 clean\n").rebuilt();
    expect(store.events.after(0, 10)).toMatchObject([
      { type: "mission.created", mission: "a2345678", data: { rebuilt: true } },
      { type: "mission.attempt_rebuilt", attempt: 1 },
    ]);
  });
});

describe("a directory that is no mission", () => {
  it.each([
    ["has no record of what was asked", undefined],
    ["has a torn one", `A=1\0={"id":"b2345678","na`],
    ["has none but an environment", "A=1\0B={}\0"],
  ])("because it %s is left alone", (_, text) => {
    const { home } = homeWith();
    const directory = join(home.missions, "b2345678");
    mkdirSync(directory);
    mkdirSync(join(home.missions, "not-a-mission"));
    if (text !== undefined) writeFileSync(join(directory, "env"), text);
    expect(factsFromFiles(home, now, null).map(({ event }) => event.mission)).toEqual(["a2345678"]);
  });
});

describe("a mission whose database is lost and whose end was noted beside it", () => {
  const end = { attempt: 2, status: "killed", reason: "killed", endedAt: 6000 } as const;
  const rowOf = (exits: (string | null)[], ends: Parameters<typeof factsFromFiles>[2]) => {
    const { home } = homeWith(...exits);
    return factsFromFiles(home, now, ends)[0]?.insert;
  };

  it("ended as the note says", () => {
    const row = rowOf(["1 - 3000 clean\n", "137 9 5000 clean\n"], new Map([["a2345678", end]]));
    expect(row).toMatchObject({ status: "killed", reason: "killed", exit_code: 137, signal: "SIGKILL", ended_at: 6000 });
  });

  it("does not wait or run again when it ended before it ever ran", () => {
    const ended = { ...end, attempt: 1, status: "crashed", reason: "dependency" } as const;
    expect(rowOf([], new Map([["a2345678", ended]]))).toMatchObject({ status: "crashed", reason: "dependency", exit_code: null });
  });

  it.each([
    ["no note", new Map()],
    ["only one of an attempt before", new Map([["a2345678", { ...end, attempt: 1 }]])],
  ])("is judged by its policy where there is %s", (_, ends) => {
    const { home } = homeWith("1 - 3000 clean\n", "1 - 5000 clean\n");
    const facts = factsFromFiles(home, now, ends);
    expect(facts[0]?.insert).toMatchObject({ status: "starting", reason: null, attempt: 2, restarts: 1 });
    expect(facts.map(({ attempt }) => attempt?.reason)).toEqual([undefined, "failed", undefined]);
  });
});
