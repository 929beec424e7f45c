import { OvermindError } from "../base/errors.ts";
import type { MissionView } from "../protocol/mission.ts";
import type { MissionRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import type { LiveMission } from "./live-mission.ts";
import { missionView } from "./mission-view.ts";
import { budgetView } from "./spending/budget-view.ts";

/** Finds missions by id or name: the live ones in memory, the finished ones in the store. */
export class MissionIndex {
  readonly #store: Store;
  readonly #byId = new Map<string, LiveMission>();
  readonly #byName = new Map<string, LiveMission>();

  constructor(store: Store) {
    this.#store = store;
  }

  add(mission: LiveMission): void {
    this.#byId.set(mission.id, mission);
    this.#byName.set(mission.name, mission);
  }

  drop(mission: LiveMission): void {
    if (this.#byId.get(mission.id) === mission) this.#byId.delete(mission.id);
    if (this.#byName.get(mission.name) === mission) this.#byName.delete(mission.name);
  }

  /** Oldest first. */
  live(): LiveMission[] {
    return [...this.#byId.values()];
  }

  get liveCount(): number {
    return this.#byId.size;
  }

  isNameTaken(name: string): boolean {
    return this.#byName.has(name);
  }

  isIdKnown(id: string): boolean {
    return this.#byId.has(id) || this.#store.missions.byId(id) !== undefined || this.#store.events.knows(id);
  }

  /** The live mission with this id or name; an id wins over a name. */
  findLive(reference: string): LiveMission | undefined {
    return (
      this.#byId.get(reference) ?? (this.#store.missions.byId(reference) === undefined ? this.#byName.get(reference) : undefined)
    );
  }

  /**
   * The row of the mission with this id or name, live or finished.
   *
   * @throws OvermindError not_found
   */
  row(reference: string): MissionRow {
    const row = this.findRow(reference);
    if (row === undefined)
      throw new OvermindError("not_found", undefined, {
        details: { reference },
        hint: `No mission is called '${reference}'. See: overmind ps -a`,
      });
    return row;
  }

  /** Id before name, live before finished, of finished ones the newest. */
  findRow(reference: string): MissionRow | undefined {
    return (
      this.#byId.get(reference)?.row ??
      this.#store.missions.byId(reference) ??
      this.#byName.get(reference)?.row ??
      this.#store.missions.finishedByName(reference)
    );
  }

  /** Finished missions of this name, newest first. */
  finishedCalled(name: string, limit: number): MissionRow[] {
    return this.#store.missions.allFinishedByName(name, limit);
  }

  view(row: MissionRow): MissionView {
    const live = this.#byId.get(row.id);
    const attempts = live?.attempts ?? this.#store.attempts.of(row.id);
    return missionView(row, attempts, this.childrenOf(row.id), live?.agent?.requests.views(), budgetView(row, this.#store));
  }

  childrenOf(id: string): string[] {
    return this.#store.missions.childrenOf(id);
  }
}
