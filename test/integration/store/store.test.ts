import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { MissionRow } from "../../../src/store/rows.ts";
import type { Fact, Store } from "../../../src/store/store.ts";
import { buildAttempt, buildRow, buildSpec } from "../../support/builders.ts";
import { useScratch } from "./scratch.ts";

const scratch = useScratch();
const openStore = () => scratch.open(join(scratch.directory(), "overmind.db"));

const event = (type: string, mission: string | null = "a2345678"): Fact["event"] => ({
  time: 1000,
  type,
  mission,
  attempt: null,
  data: { n: 1 },
});
const create = (changes: Partial<MissionRow> = {}): Fact => {
  const row = buildRow(changes);
  return { event: event("mission.created", row.id), insert: row };
};
const ids = (rows: readonly MissionRow[]) => rows.map(({ id }) => id);

/** A store with missions m1 to m`count`, of which m`n` ended at n * 1000. */
function withFinished(count: number, changes: (n: number) => Partial<MissionRow> = () => ({})): Store {
  const store = openStore();
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  store.record(
    numbers.map((n) =>
      create({ id: `m${n}`, name: `name-${n}`, status: "stopped", created_at: n, ended_at: n * 1000, ...changes(n) }),
    ),
  );
  return store;
}

describe("a fact", () => {
  it("is a row and an event, and reads back as it was", () => {
    const store = openStore();
    const full = buildRow(
      {
        status: "running",
        wish: "stop",
        history: { streak: 1, uptimeMs: 2, crashes: [2] },
        retry_at: 2,
        started_at: 1,
        os_pid: 7,
        usage: { tokens: 5 },
        session_id: "s",
        waiting_for: "limit",
        until: 9,
      },
      buildSpec({ argv: ["a", "b c"], labels: { k: "v" } }),
    );
    expect(store.record([create(full)])).toEqual([
      { seq: 1, time: "1970-01-01T00:00:01.000Z", type: "mission.created", mission: "a2345678", attempt: null, data: { n: 1 } },
    ]);
    expect(store.missions.byId("a2345678")).toEqual(full);
  });

  it("changes only what it names, null included", () => {
    const store = openStore();
    store.record([create({ exit_code: 3, os_pid: 7 })]);
    store.record([{ event: event("x"), mission: { os_pid: null } }]);
    expect(store.missions.byId("a2345678")).toMatchObject({ exit_code: 3, os_pid: null });
  });

  it("that only tells something changes no row", () => {
    const store = openStore();
    store.record([create()]);
    store.record([{ event: event("mission.signalled"), mission: {} }]);
    expect(store.missions.byId("a2345678")).toEqual(buildRow());
    expect(store.events.lastSeq()).toBe(2);
  });

  it("about an attempt makes its row and then fills it", () => {
    const store = openStore();
    store.record([create(), { event: event("mission.starting"), attempt: { attempt: 1 } }]);
    store.record([{ event: event("mission.started"), attempt: { attempt: 1, os_pid: 7, started_at: 5 } }]);
    store.record([
      {
        event: event("mission.attempt_ended"),
        attempt: { attempt: 1, exit_code: 2, reason: "failed", leftovers: [{ pid: 1, command: "x" }] },
      },
    ]);
    store.record([{ event: event("mission.starting"), attempt: { attempt: 2 } }]);
    expect(store.attempts.of("a2345678")).toEqual([
      buildAttempt({ os_pid: 7, started_at: 5, exit_code: 2, reason: "failed", leftovers: [{ pid: 1, command: "x" }] }),
      buildAttempt({ attempt: 2 }),
    ]);
    store.record([{ event: event("x"), attempt: { attempt: 2 } }]);
    expect(store.attempts.of("a2345678")).toHaveLength(2);
  });

  it("of a removal takes the attempts along and leaves the events", () => {
    const store = openStore();
    store.record([create(), { event: event("mission.starting"), attempt: { attempt: 1 } }]);
    store.record([{ event: event("mission.removed"), removes: true }]);
    expect(store.missions.byId("a2345678")).toBeUndefined();
    expect(store.attempts.of("a2345678")).toEqual([]);
    expect(store.events.after(0, 10).map(({ type }) => type)).toEqual(["mission.created", "mission.starting", "mission.removed"]);
    expect(store.events.knows("a2345678")).toBe(true);
    expect(store.events.knows("b2345678")).toBe(false);
  });
});

describe("facts that belong together", () => {
  const broken: readonly [string, Fact][] = [
    ["a mission that is there already", create()],
    ["an attempt of a mission that is not there", { event: event("x", "nobody"), attempt: { attempt: 1 } }],
    ["an event that cannot be stored", { event: { ...event("x"), type: null as unknown as string } }],
  ];

  it.each(broken)("are stored all or not at all: %s", (_, last) => {
    const store = openStore();
    store.record([create()]);
    const change: Fact = { event: event("mission.started"), mission: { status: "running" }, attempt: { attempt: 1, os_pid: 7 } };
    expect(() => store.record([change, create({ id: "b2345678" }), last])).toThrow();
    expect(store.missions.byId("a2345678")).toEqual(buildRow());
    expect(store.missions.byId("b2345678")).toBeUndefined();
    expect(store.attempts.of("a2345678")).toEqual([]);
    expect(store.events.lastSeq()).toBe(1);
    expect(store.record([change])).toMatchObject([{ seq: 2 }]);
  });
});

describe("events", () => {
  const filled = (count: number) => {
    const store = openStore();
    store.record(Array.from({ length: count }, (_, index) => ({ event: event(`e${index + 1}`, index % 2 ? "b" : "a") })));
    return store;
  };
  const seqs = (store: Store, after = 0, limit = 100, mission?: string) =>
    store.events.after(after, limit, mission).map(({ seq }) => seq);

  it("are read in order, from a cursor, in pieces, of one mission", () => {
    const store = filled(6);
    expect(seqs(store)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(seqs(store, 2, 3)).toEqual([3, 4, 5]);
    expect(seqs(store, 1, 2, "a")).toEqual([3, 5]);
    expect(seqs(store, 6)).toEqual([]);
  });

  it("keep the newest when they are pruned, without a gap", () => {
    const store = filled(6);
    store.events.prune(2);
    expect(seqs(store)).toEqual([5, 6]);
    store.events.prune(10);
    expect(seqs(store)).toEqual([5, 6]);
  });

  it("never get a seq twice, not even after all were pruned and the store was opened again", () => {
    const path = join(scratch.directory(), "overmind.db");
    const store = scratch.open(path);
    store.record([{ event: event("a") }, { event: event("b") }]);
    store.events.prune(0);
    expect(store.events.after(0, 10)).toEqual([]);
    expect(store.record([{ event: event("c") }])).toMatchObject([{ seq: 3 }]);
    store.events.prune(0);
    scratch.close(store);
    expect(scratch.open(path).record([{ event: event("d") }])).toMatchObject([{ seq: 4 }]);
  });
});

describe("finished missions", () => {
  it("come newest first, as many as asked", () => {
    const store = withFinished(5);
    expect(ids(store.missions.finished({}))).toEqual(["m5", "m4", "m3", "m2", "m1"]);
    expect(ids(store.missions.finished({ limit: 2 }))).toEqual(["m5", "m4"]);
    expect(store.missions.finished({ limit: 0 })).toEqual([]);
  });

  it("of the same moment come in the reverse of their making", () => {
    expect(ids(withFinished(3, () => ({ ended_at: 7 })).missions.finished({}))).toEqual(["m3", "m2", "m1"]);
  });

  it("do not hold the live ones", () => {
    const store = withFinished(2);
    store.record([create({ id: "live", status: "stopping" })]);
    expect(ids(store.missions.finished({}))).toEqual(["m2", "m1"]);
    expect(ids(store.missions.live())).toEqual(["live"]);
    store.record([{ event: event("x", "live"), mission: { status: "killed", ended_at: 9000 } }]);
    expect(ids(store.missions.finished({}))).toEqual(["live", "m2", "m1"]);
    store.record([{ event: event("x", "m1"), mission: { status: "starting" } }]);
    expect(ids(store.missions.live())).toEqual(["m1"]);
  });

  it("are found and counted by status and parent", () => {
    const store = withFinished(6, (n) => ({ status: n % 2 ? "crashed" : "killed", parent: n > 3 ? "boss" : null }));
    const among = { statuses: ["crashed"] as const, parent: "boss" };
    expect(ids(store.missions.finished(among))).toEqual(["m5"]);
    expect(ids(store.missions.finished({ statuses: ["crashed", "stopped"] }))).toEqual(["m5", "m3", "m1"]);
    expect(store.missions.countFinished(among)).toBe(1);
    expect(store.missions.countFinished({ parent: "boss" })).toBe(3);
    expect(store.missions.countFinished({ statuses: [] })).toBe(0);
    expect(store.missions.countByStatus()).toEqual({ crashed: 3, killed: 3 });
    expect(store.missions.childrenOf("boss")).toEqual(["m4", "m5", "m6"]);
  });

  it("of one name are told by the newest", () => {
    const store = withFinished(3, (n) => ({ name: n < 3 ? "web" : "other" }));
    store.record([create({ id: "live", name: "web", created_at: 9 })]);
    expect(store.missions.finishedByName("web")?.id).toBe("m2");
    expect(store.missions.finishedByName("nobody")).toBeUndefined();
  });

  it.each([
    ["too many", 2, 0, ["m1", "m2", "m3"]],
    ["too old", 100, 3000, ["m1", "m2"]],
    ["both, each once", 4, 3000, ["m1", "m2"]],
    ["none", 5, 1000, []],
    ["all", 0, 0, ["m1", "m2", "m3", "m4", "m5"]],
  ])("are outlived when they are %s", (_, keep, endedBefore, outlived) => {
    const store = withFinished(5);
    store.record([create({ id: "live", created_at: 0 })]);
    expect(store.missions.outlived(keep, endedBefore).toSorted()).toEqual(outlived);
  });
});

describe("live missions", () => {
  it("come in the order of their making", () => {
    const store = openStore();
    store.record([create({ id: "c", created_at: 3 }), create({ id: "a", created_at: 1 }), create({ id: "b", created_at: 3 })]);
    expect(ids(store.missions.live())).toEqual(["a", "c", "b"]);
  });
});
