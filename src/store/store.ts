import { faultPoint } from "../base/fault-points.ts";
import type { EventView } from "../protocol/messages.ts";
import { type AccountRow, AccountTable } from "./account-table.ts";
import { AttemptTable } from "./attempt-table.ts";
import { type Connection, openDatabase } from "./database.ts";
import { EventTable, type NewEvent } from "./event-table.ts";
import { HookTable } from "./hook-table.ts";
import { MissionTable } from "./mission-table.ts";
import { type PoolRow, PoolTable } from "./pool-table.ts";
import type { AttemptPatch, MissionPatch, MissionRow } from "./rows.ts";
import { type TurnRow, TurnTable } from "./turn-table.ts";

/** One fact: what changes, and the event that tells of it. All of it is stored, or nothing. */
export interface Fact {
  readonly event: NewEvent;
  readonly insert?: MissionRow;
  readonly mission?: MissionPatch;
  readonly attempt?: AttemptPatch;
  readonly removes?: boolean;
  readonly pool?: PoolRow;
  readonly removesPool?: string;
  readonly turn?: TurnRow;
  readonly account?: AccountRow;
}

/** All that is kept in SQLite. Every method is synchronous. */
export class Store {
  readonly missions: MissionTable;
  readonly attempts: AttemptTable;
  readonly events: EventTable;
  readonly hooks: HookTable;
  readonly pools: PoolTable;
  readonly turns: TurnTable;
  readonly accounts: AccountTable;
  /** Where a database that could not be read was put aside. */
  readonly keptAs: string | null;
  /** Whether the database was begun just now, or by a daemon that died before it had stored anything in it. */
  readonly isNew: boolean;
  readonly #connection: Connection;
  readonly #record: (facts: readonly Fact[]) => EventView[];

  /**
   * @param now epoch ms
   * @throws OvermindError home_unusable
   */
  constructor(path: string, now: number) {
    const { connection, tables, keptAs } = openDatabase(path, now, tablesOf);
    this.#connection = connection;
    this.keptAs = keptAs;
    this.missions = tables.missions;
    this.attempts = tables.attempts;
    this.events = tables.events;
    this.isNew = !this.events.hasBegun();
    this.hooks = tables.hooks;
    this.pools = tables.pools;
    this.turns = tables.turns;
    this.accounts = tables.accounts;
    this.#record = connection.transaction((facts: readonly Fact[]) => {
      const events = facts.map((fact) => this.#apply(fact));
      FAULT: faultPoint("before_commit", ...events.map(({ type }) => type));
      return events;
    });
  }

  /**
   * Stores facts in one transaction and answers their events.
   *
   * @throws SqliteError, among them SQLITE_FULL; then nothing was stored
   */
  record(facts: readonly Fact[]): EventView[] {
    const events = this.#record(facts);
    FAULT: faultPoint("after_commit", ...events.map(({ type }) => type));
    return events;
  }

  /** Gives the write-ahead log's room back to the disk, as far as that can be done. */
  makeRoom(): void {
    try {
      this.#connection.pragma("wal_checkpoint(TRUNCATE)");
    } catch {
      // The database itself has to grow for it, and there is no room.
    }
  }

  close(): void {
    this.#connection.close();
  }

  #apply({ event, insert, mission, attempt, removes, pool, removesPool, turn, account }: Fact): EventView {
    if (insert !== undefined) this.missions.insert(insert);
    if (event.mission !== null) {
      if (mission !== undefined) this.missions.update(event.mission, mission, movedStep(event));
      if (attempt !== undefined) this.attempts.upsert(event.mission, attempt);
      if (removes === true) this.missions.remove(event.mission);
    }
    if (pool !== undefined) this.pools.set(pool);
    if (removesPool !== undefined) this.pools.remove(removesPool);
    if (turn !== undefined) this.turns.add(turn);
    if (account !== undefined) this.accounts.set(account);
    return this.events.append(event);
  }
}

const tablesOf = (connection: Connection) => ({
  missions: new MissionTable(connection),
  attempts: new AttemptTable(connection),
  events: new EventTable(connection),
  hooks: new HookTable(connection),
  pools: new PoolTable(connection),
  turns: new TurnTable(connection),
  accounts: new AccountTable(connection),
});

/** A move of a pipeline changes one step of its history; everything else may change all of them. */
function movedStep({ type, data }: NewEvent): string | undefined {
  const { step } = data as { readonly step?: unknown };
  return type === "mission.agent_moved" && typeof step === "string" ? step : undefined;
}
