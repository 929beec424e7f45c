import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { OvermindError } from "../../../src/base/errors.ts";
import { noHistory } from "../../../src/events/history.ts";
import { StepHistories } from "../../../src/events/step-histories.ts";
import type { NewEvent } from "../../../src/store/event-table.ts";
import { Store } from "../../../src/store/store.ts";
import { noMoves } from "../../../src/supervisor/pipeline/history.ts";
import { buildRow, buildSpec } from "../../support/builders.ts";
import { assertKept, casesOf } from "../../support/corpus.ts";

const scratch = mkdtempSync(join(tmpdir(), `om-${process.env["OVERMIND_TEST_RUN"] ?? "x"}-damage-`));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const event = (type: string, mission: string | null = null): NewEvent => ({ time: 1, type, mission, attempt: null, data: {} });
const step = { agent: "a", mission: null, tries: 1, checks: [], isReady: false, end: null, note: null } as never;

/** A database as a daemon leaves it when it ends. */
function wholeDatabase(): string {
  const path = join(scratch, "whole.db");
  const store = new Store(path, 1);
  for (let count = 0; count < 50; count += 1) store.record([{ event: { ...event("daemon.started"), data: { count } } }]);
  for (const id of ["a2345678", "b2345678"]) {
    const history = { ...noHistory, pipeline: { ...noMoves, steps: StepHistories.of([["a", step]]) } };
    const insert = buildRow(
      { id, name: id, history, status: id.startsWith("a") ? "running" : "stopped" },
      buildSpec({ id, name: id }),
    );
    store.record([{ event: event("mission.created", id), insert, attempt: { attempt: 1, leftovers: [] } }]);
  }
  store.close();
  return path;
}

const whole = wholeDatabase();
const size = readFileSync(whole).length;
let round = 0;

/** A copy that may be hurt. */
function copy(): string {
  round += 1;
  const path = join(scratch, `${round}.db`);
  copyFileSync(whole, path);
  return path;
}

interface Wound {
  readonly at: number;
  readonly bytes: readonly number[];
}

function survives(wounds: readonly Wound[], cutTo: number | null): void {
  const path = copy();
  const bytes = readFileSync(path);
  for (const { at, bytes: written } of wounds) Buffer.from(written).copy(bytes, at % size);
  writeFileSync(path, cutTo === null ? bytes : bytes.subarray(0, cutTo));
  const store = openOrRefuse(path);
  if (store !== null) serves(store);
}

/** All that is there can be read, and something new be stored. */
function serves(store: Store): void {
  const rows = [...store.missions.live(), ...store.missions.finished({})];
  for (const { id } of rows) expect(store.attempts.of(id)).toBeInstanceOf(Array);
  for (const { data } of store.events.after(0, 1000)) expect(data).toBeTypeOf("object");
  store.record([{ event: event("daemon.started") }]);
  expect(store.events.lastSeq()).toBeGreaterThan(0);
  store.close();
}

/** A header that says another version is one a newer Overmind may have written: refused, and left as it is. */
function openOrRefuse(path: string): Store | null {
  const before = readFileSync(path);
  try {
    return new Store(path, 2);
  } catch (error) {
    expect(error).toBeInstanceOf(OvermindError);
    expect(readFileSync(path).equals(before)).toBe(true);
    return null;
  }
}

describe("a database that somebody wrote into", () => {
  it("is opened, or put aside, and a store that can be used stands there in any case", () => {
    const wound = fc.record({
      at: fc.nat({ max: size - 1 }),
      bytes: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 200 }),
    });
    const cut = fc.option(fc.nat({ max: size }));
    assertKept("database", fc.property(fc.array(wound, { minLength: 1, maxLength: 4 }), cut, survives), { numRuns: 80 });
  });

  it.each(casesOf<[Wound[], number | null]>("database"))("is so in the kept case $name", ({ values }) => survives(...values));
});

const places = [
  ["missions", "spec"],
  ["missions", "history"],
  ["missions", "usage"],
  ["missions", "timing"],
  ["missions", "budget"],
  ["attempts", "leftovers"],
  ["steps", "history"],
  ["events", "data"],
] as const;

function rowSurvives([table, column]: readonly [string, string], text: string): void {
  const path = copy();
  const connection = new Database(path);
  connection.prepare(`UPDATE ${table} SET ${column} = ?`).run(text);
  connection.close();
  const store = new Store(path, 2);
  // What holds missions is brought back from their files; events are no loss to them.
  if (table === "events") expect(store.keptAs).toBeNull();
  serves(store);
}

describe("a row that somebody wrote into", () => {
  it("is read as what it says, or the database is put aside as damaged", () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.constantFrom("", "null", "[]", "{}", "7", '"x"', "{", "\0"));
    assertKept("rows", fc.property(fc.constantFrom(...places), text, rowSurvives), { numRuns: 60 });
  });

  it.each(casesOf<[[string, string], string]>("rows"))("is so in the kept case $name", ({ values }) => rowSurvives(...values));

  it.each(places.slice(0, 7))("is damage when %s.%s is cut in its middle", (table, column) => {
    const path = copy();
    const connection = new Database(path);
    connection.prepare(`UPDATE ${table} SET ${column} = '{"policy":{"rest'`).run();
    connection.close();
    const store = new Store(path, 2);
    expect(store.keptAs).toContain(".damaged-");
    expect(store.isNew).toBe(true);
    serves(store);
  });
});
