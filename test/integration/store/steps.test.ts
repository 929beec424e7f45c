import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AgentMove } from "../../../src/events/domain-event.ts";
import { noHistory, type PipelineHistory } from "../../../src/events/history.ts";
import { migrations } from "../../../src/store/migrations.ts";
import type { Fact, Store } from "../../../src/store/store.ts";
import { afterMove, noMoves } from "../../../src/supervisor/pipeline/history.ts";
import { buildRow } from "../../support/builders.ts";
import { useScratch } from "./scratch.ts";

const scratch = useScratch();
const id = "a2345678";
const created: Fact = {
  event: { time: 1, type: "mission.created", mission: id, attempt: null, data: {} },
  insert: buildRow({ id, history: { ...noHistory, pipeline: noMoves } }),
};

/** The fact of a move, as a daemon writes it, and what is remembered after it. */
function moved(history: PipelineHistory, step: string, to: AgentMove): { after: PipelineHistory; fact: Fact } {
  const data = { agent: "a", step, to, ...(to === "starting" && { mission: `m-${step}`, port: 4000 }) };
  const after = afterMove(history, { type: "mission.agent_moved", attempt: 1, ...data });
  const event = { time: 1, type: "mission.agent_moved", mission: id, attempt: 1, data };
  return { after, fact: { event, mission: { history: { ...noHistory, pipeline: after } } } };
}

/** Anything else that leaves another history behind, such as a retry or a changed blueprint. */
const replaced = (pipeline: PipelineHistory | undefined): Fact => ({
  event: { time: 1, type: "mission.restarted", mission: id, attempt: 1, data: {} },
  mission: { history: { ...noHistory, ...(pipeline && { pipeline }) } },
});

function without(dropped: string, history: PipelineHistory): PipelineHistory {
  return { ...history, steps: history.steps.without([dropped]) };
}

const remembered = (store: Store) => store.missions.byId(id)?.history?.pipeline;
/** In the order of the steps, which `toEqual` does not look at. */
const written = (history: PipelineHistory | undefined) => JSON.stringify(history?.steps);

describe("what a pipeline remembers of its steps", () => {
  it("reads back as it was after any moves, in the order of their starts, also by another daemon", () => {
    const move = fc.tuple(
      fc.constantFrom("z", "b", "a-10", "a-2", "skipped-one"),
      fc.constantFrom<AgentMove>("starting", "verifying", "ready", "succeeded", "failed", "skipped"),
    );
    const change = fc.constantFrom("keep some", "nothing", "forget");
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: move }, change), { maxLength: 25 }), (moves) => {
        const path = join(scratch.directory(), "overmind.db");
        let store = scratch.open(path);
        store.record([created]);
        let history: PipelineHistory | undefined = noMoves;
        for (const one of moves) {
          if (typeof one !== "string") {
            const { after, fact }: { after: PipelineHistory; fact: Fact } = moved(history ?? noMoves, ...one);
            history = after;
            store.record([fact]);
            continue;
          }
          if (one === "forget") history = undefined;
          if (one === "keep some") history = without("b", history ?? noMoves);
          store.record([replaced(history)]);
        }
        expect(remembered(store)).toEqual(history);
        scratch.close(store);
        store = scratch.open(path);
        expect(remembered(store)).toEqual(history);
        expect(written(remembered(store))).toBe(written(history));
        expect(store.missions.live()[0]?.history?.pipeline).toEqual(history);
        scratch.close(store);
      }),
      { numRuns: 30 },
    );
  });

  it("is stored by a later try where a first one could not be", () => {
    const store = scratch.open(join(scratch.directory(), "overmind.db"));
    store.record([created]);
    const first = moved(noMoves, "one", "starting");
    const second = moved(first.after, "two", "starting");
    // The same id twice: nothing of the transaction is stored.
    expect(() => store.record([first.fact, created])).toThrow();
    expect(remembered(store)).toEqual(noMoves);
    store.record([first.fact, second.fact]);
    expect(remembered(store)).toEqual(second.after);
  });

  it("costs a move as much among a thousand steps as alone", () => {
    const path = join(scratch.directory(), "overmind.db");
    const store = scratch.open(path);
    store.record([created]);
    let history = noMoves;
    for (let step = 1; step <= 1000; step += 1) {
      const { after, fact } = moved(history, `step-${step}`, "starting");
      history = after;
      store.record([fact]);
    }
    expect(remembered(store)).toEqual(history);
    const connection = new Database(path, { readonly: true });
    const { bytes } = connection.prepare("SELECT length(history) AS bytes FROM missions").get() as { bytes: number };
    connection.close();
    expect(bytes).toBeLessThan(200);
  });

  it("goes with its mission", () => {
    const path = join(scratch.directory(), "overmind.db");
    const store = scratch.open(path);
    store.record([created, moved(noMoves, "one", "starting").fact]);
    store.record([{ event: { ...created.event, type: "mission.removed" }, removes: true }, created]);
    expect(remembered(store)).toEqual(noMoves);
  });

  it("is taken over from a database that kept it in the mission's row", () => {
    const path = join(scratch.directory(), "overmind.db");
    const history = moved(moved(noMoves, "z", "starting").after, "a", "starting").after;
    const connection = new Database(path);
    const before = migrations.findIndex((migration) => migration.includes("CREATE TABLE steps"));
    for (const migration of migrations.slice(0, before)) connection.exec(migration);
    const insert = connection.prepare(
      "INSERT INTO missions (id, name, created_at, spec, status, history) VALUES (?, ?, 1, '{}', 'running', ?)",
    );
    insert.run(id, "team", JSON.stringify({ ...noHistory, pipeline: history }));
    insert.run("b2345678", "plain", JSON.stringify(noHistory));
    insert.run("c2345678", "new", null);
    connection.pragma(`user_version = ${before}`);
    connection.close();
    const store = scratch.open(path);
    expect(remembered(store)).toEqual(history);
    expect(written(remembered(store))).toBe(written(history));
    expect(store.missions.byId("b2345678")?.history).toEqual(noHistory);
    expect(store.missions.byId("c2345678")?.history).toBeNull();
    const next = moved(history, "a", "succeeded");
    store.record([next.fact]);
    expect(remembered(store)).toEqual(next.after);
  });
});
