import { OvermindError } from "../base/errors.ts";
import type { MissionView } from "../protocol/mission.ts";
import type { MissionRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import type { LiveMission } from "./live-mission.ts";
import { missionView } from "./mission-view.ts";
import { instancesInWords, instancesOf } from "./pipeline/instances.ts";
import { budgetView } from "./spending/budget-view.ts";

/** Finds missions by id or name: the live ones in memory, the finished ones in the store. */
export class MissionIndex {
  readonly #store: Store;
  readonly #byId = new Map<string, LiveMission>();
  readonly #byName = new Map<string, LiveMission>();
  /** Ids and names of missions that are about to be live. */
  readonly #reserved = new Set<string>();
  #beforeLook = () => {};

  constructor(store: Store) {
    this.#store = store;
  }

  /** Calls `settle` before anything is looked for. */
  beforeLook(settle: () => void): void {
    this.#beforeLook = settle;
  }

  /** Keeps an id and a name for a mission that will be added, or is given up (`free`). */
  reserve({ id, name }: { id: string; name: string }): void {
    this.#reserved.add(id).add(name);
  }

  free({ id, name }: { id: string; name: string }): void {
    this.#reserved.delete(id);
    this.#reserved.delete(name);
  }

  add(mission: LiveMission): void {
    this.free(mission);
    this.#byId.set(mission.id, mission);
    this.#byName.set(mission.name, mission);
  }

  drop(mission: LiveMission): void {
    if (this.#byId.get(mission.id) === mission) this.#byId.delete(mission.id);
    if (this.#byName.get(mission.name) === mission) this.#byName.delete(mission.name);
  }

  /** Oldest first. */
  live(): LiveMission[] {
    this.#beforeLook();
    return [...this.#byId.values()];
  }

  get liveCount(): number {
    this.#beforeLook();
    return this.#byId.size;
  }

  isNameTaken(name: string): boolean {
    return this.#byName.has(name) || this.#reserved.has(name);
  }

  /** Whether a mission bears this name, live or finished. */
  isNameKnown(name: string): boolean {
    return this.isNameTaken(name) || this.#store.missions.knowsName(name);
  }

  isIdKnown(id: string): boolean {
    return this.#byId.has(id) || this.#reserved.has(id) || this.#store.missions.knows(id) || this.#store.events.knows(id);
  }

  /** The live mission with this id or name; an id wins over a name. */
  findLive(reference: string): LiveMission | undefined {
    this.#beforeLook();
    return this.#byId.get(reference) ?? (this.#store.missions.knows(reference) ? undefined : this.#byName.get(reference));
  }

  /**
   * The row of the mission with this id or name, live or finished.
   *
   * @throws OvermindError not_found
   */
  row(reference: string): MissionRow {
    const row = this.findRow(reference);
    if (row === undefined) throw this.#notFound(reference);
    return row;
  }

  #notFound(reference: string): OvermindError {
    const instances = instancesOf(this, reference);
    if (instances.length === 0)
      return new OvermindError("not_found", undefined, {
        details: { reference },
        hint: `No mission is called '${reference}'. See: overmind ps -a`,
      });
    return new OvermindError("not_found", undefined, {
      details: { reference, instances },
      hint: `The agent '${reference}' runs as ${instancesInWords(instances)}: name one of these.`,
    });
  }

  /** Id before name, live before finished, of finished ones the newest. */
  findRow(reference: string): MissionRow | undefined {
    this.#beforeLook();
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
