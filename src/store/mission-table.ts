import type { Statement } from "better-sqlite3";
import { StepHistories } from "../events/step-histories.ts";
import { type FinalStatus, isFinal, type Reason, type Status } from "../protocol/mission.ts";
import type { Connection } from "./database.ts";
import { jsonColumns, type MissionPatch, type MissionRow, readMissionRow } from "./rows.ts";
import { StepTable } from "./step-table.ts";

export interface FinishedFilter {
  readonly statuses?: readonly Status[] | undefined;
  readonly parent?: string | undefined;
  readonly limit?: number | undefined;
}

export interface Ending {
  readonly attempt: number;
  readonly status: FinalStatus;
  readonly reason: Reason;
  /** Epoch ms. */
  readonly endedAt: number;
}

/** The missions table. */
export class MissionTable {
  readonly #connection: Connection;
  readonly #steps: StepTable;
  readonly #statements = new Map<string, Statement>();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#steps = new StepTable(connection);
  }

  insert(row: MissionRow): void {
    const values = toColumns(row);
    const names = Object.keys(values);
    this.#prepared(`INSERT INTO missions (${names.join(", ")}) VALUES (${names.map((name) => `@${name}`).join(", ")})`).run(
      values,
    );
    const { pipeline } = row.history ?? {};
    if (pipeline !== undefined) this.#steps.replace(row.id, pipeline.steps);
  }

  /** @param moved the one step of a pipeline that differs in the patch's history; otherwise any may */
  update(id: string, patch: MissionPatch, moved?: string): void {
    if (patch.history !== undefined) this.#updateSteps(id, patch.history?.pipeline?.steps ?? StepHistories.none, moved);
    const values = toColumns(patch);
    const names = Object.keys(values);
    if (names.length === 0) return;
    this.#prepared(`UPDATE missions SET ${names.map((name) => `${name} = @${name}`).join(", ")} WHERE id = @id`).run({
      ...values,
      id,
    });
  }

  remove(id: string): void {
    this.#prepared("DELETE FROM missions WHERE id = ?").run(id);
    this.#steps.remove(id);
  }

  byId(id: string): MissionRow | undefined {
    return this.#one("SELECT * FROM missions WHERE id = ?", id);
  }

  knows(id: string): boolean {
    return this.#prepared("SELECT 1 FROM missions WHERE id = ?").get(id) !== undefined;
  }

  /** Whether any mission, live or finished, bears this name. */
  knowsName(name: string): boolean {
    return this.#prepared("SELECT 1 FROM missions WHERE name = ? LIMIT 1").get(name) !== undefined;
  }

  /** Of the finished missions that bear a name the newest. */
  finishedByName(name: string): MissionRow | undefined {
    return this.#one("SELECT * FROM missions WHERE name = ? AND is_final = 1 ORDER BY created_at DESC, rowid DESC LIMIT 1", name);
  }

  /** The finished missions that bear a name, newest first. */
  allFinishedByName(name: string, limit: number): MissionRow[] {
    return this.#prepared("SELECT * FROM missions WHERE name = ? AND is_final = 1 ORDER BY created_at DESC, rowid DESC LIMIT ?")
      .all(name, limit)
      .map((raw) => this.#read(raw));
  }

  live(): MissionRow[] {
    return this.#prepared("SELECT * FROM missions WHERE is_final = 0 ORDER BY created_at, rowid")
      .all()
      .map((raw) => this.#read(raw));
  }

  /** Newest first. */
  finished({ statuses, parent, limit }: FinishedFilter): MissionRow[] {
    const { where, values } = finishedWhere(statuses, parent);
    const rows = this.#prepared(`SELECT * FROM missions WHERE ${where} ORDER BY ended_at DESC, rowid DESC LIMIT ?`).all(
      ...values,
      limit ?? -1,
    );
    return rows.map((raw) => this.#read(raw));
  }

  /** How each finished mission ended. */
  *ends(): Generator<[id: string, end: Ending]> {
    const rows = this.#prepared("SELECT id, attempt, status, reason, ended_at FROM missions WHERE is_final = 1").all();
    for (const row of rows as Pick<MissionRow, "id" | "attempt" | "status" | "reason" | "ended_at">[]) {
      const { id, attempt, status, reason, ended_at } = row;
      yield [id, { attempt, status: status as FinalStatus, reason: reason ?? "lost", endedAt: ended_at ?? 0 }];
    }
  }

  countFinished({ statuses, parent }: FinishedFilter): number {
    const { where, values } = finishedWhere(statuses, parent);
    return this.#prepared(`SELECT count(*) FROM missions WHERE ${where}`)
      .pluck()
      .get(...values) as number;
  }

  countByStatus(): Readonly<Record<string, number>> {
    const rows = this.#prepared("SELECT status, count(*) AS count FROM missions GROUP BY status").all() as {
      status: string;
      count: number;
    }[];
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  /** Ids of the finished missions that ended before `endedBefore`, or that are not among the newest `keep`. */
  outlived(keep: number, endedBefore: number): string[] {
    return this.#prepared(
      `SELECT id FROM missions WHERE is_final = 1 AND ended_at < ?
       UNION SELECT id FROM (SELECT id FROM missions WHERE is_final = 1 ORDER BY ended_at DESC, rowid DESC LIMIT -1 OFFSET ?)`,
    )
      .pluck()
      .all(endedBefore, keep) as string[];
  }

  childrenOf(id: string): string[] {
    return this.#prepared("SELECT id FROM missions WHERE parent = ? ORDER BY created_at, rowid").pluck().all(id) as string[];
  }

  #one(sql: string, ...values: unknown[]): MissionRow | undefined {
    const raw = this.#prepared(sql).get(...values);
    return raw === undefined ? undefined : this.#read(raw);
  }

  #read(raw: unknown): MissionRow {
    const row = readMissionRow(raw);
    const pipeline = row.history?.pipeline;
    if (row.history === null || pipeline === undefined) return row;
    return { ...row, history: { ...row.history, pipeline: { ...pipeline, steps: this.#steps.of(row.id) } } };
  }

  #updateSteps(id: string, steps: StepHistories, moved: string | undefined): void {
    const step = moved === undefined ? undefined : steps.get(moved);
    if (moved === undefined) this.#steps.replace(id, steps);
    else if (step !== undefined) this.#steps.set(id, moved, step);
  }

  #prepared(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function toColumns(patch: Partial<MissionRow>): Record<string, unknown> {
  const values: Record<string, unknown> = { ...patch };
  // Its steps have a table of their own.
  const { pipeline } = patch.history ?? {};
  if (pipeline !== undefined) values["history"] = { ...patch.history, pipeline: { ...pipeline, steps: {} } };
  for (const column of jsonColumns) {
    if (column in values) values[column] = values[column] === null ? null : JSON.stringify(values[column]);
  }
  if (patch.status !== undefined) values["is_final"] = isFinal(patch.status) ? 1 : 0;
  return values;
}

function finishedWhere(
  statuses: readonly Status[] | undefined,
  parent: string | undefined,
): { where: string; values: unknown[] } {
  const terms = ["is_final = 1"];
  const values: unknown[] = [];
  if (statuses !== undefined) {
    terms.push(`status IN (${statuses.map(() => "?").join(", ")})`);
    values.push(...statuses);
  }
  if (parent !== undefined) {
    terms.push("parent = ?");
    values.push(parent);
  }
  return { where: terms.join(" AND "), values };
}
