import type { EventView } from "../protocol/messages.ts";
import { AttemptTable } from "./attempt-table.ts";
import { type Connection, openDatabase } from "./database.ts";
import { EventTable, type NewEvent } from "./event-table.ts";
import { MissionTable } from "./mission-table.ts";
import type { AttemptPatch, MissionPatch, MissionRow } from "./rows.ts";

/** One fact: what changes, and the event that tells of it. All of it is stored, or nothing. */
export interface Fact {
  readonly event: NewEvent;
  readonly insert?: MissionRow;
  readonly mission?: MissionPatch;
  readonly attempt?: AttemptPatch;
  readonly removes?: boolean;
}

/** All that is kept in SQLite. Every method is synchronous. */
export class Store {
  readonly missions: MissionTable;
  readonly attempts: AttemptTable;
  readonly events: EventTable;
  /** Where a database that could not be read was put aside. */
  readonly keptAs: string | null;
  readonly #connection: Connection;
  readonly #record: (facts: readonly Fact[]) => EventView[];

  /**
   * @param now epoch ms
   * @throws OvermindError home_unusable
   */
  constructor(path: string, now: number) {
    const { connection, keptAs } = openDatabase(path, now);
    this.#connection = connection;
    this.keptAs = keptAs;
    this.missions = new MissionTable(connection);
    this.attempts = new AttemptTable(connection);
    this.events = new EventTable(connection);
    this.#record = connection.transaction((facts: readonly Fact[]) => facts.map((fact) => this.#apply(fact)));
  }

  /**
   * Stores facts in one transaction and answers their events.
   *
   * @throws SqliteError, among them SQLITE_FULL; then nothing was stored
   */
  record(facts: readonly Fact[]): EventView[] {
    return this.#record(facts);
  }

  close(): void {
    this.#connection.close();
  }

  #apply({ event, insert, mission, attempt, removes }: Fact): EventView {
    if (insert !== undefined) this.missions.insert(insert);
    if (event.mission !== null) {
      if (mission !== undefined) this.missions.update(event.mission, mission);
      if (attempt !== undefined) this.attempts.upsert(event.mission, attempt);
      if (removes === true) this.missions.remove(event.mission);
    }
    return this.events.append(event);
  }
}
