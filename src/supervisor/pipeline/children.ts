import type { LeavingAgent, StepHistory } from "../../events/domain-event.ts";
import type { MemberOrder } from "../../mission/machine-types.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { LiveMission } from "../live-mission.ts";
import type { MissionIndex } from "../mission-index.ts";

/** The missions that one pipeline made, by id. */
export class Children {
  readonly #pipeline: string;
  readonly #index: MissionIndex;
  readonly #asked = new Set<string>();

  /** @param pipeline its id */
  constructor(pipeline: string, index: MissionIndex) {
    this.#pipeline = pipeline;
    this.#index = index;
  }

  /** Asks it to end, once. What has ended is left as it is. */
  ask(id: string, how: MemberOrder): void {
    const key = `${how} ${id}`;
    const mission = this.live(id);
    if (mission === undefined || this.#asked.has(key)) return;
    this.#asked.add(key);
    mission.request({ type: how === "kill" ? "kill.requested" : "stop.requested", by: this.#pipeline, cause: "group" });
  }

  /** Not one of an earlier run whose result was taken over. */
  live(id: string): LiveMission | undefined {
    const mission = this.#index.findLive(id);
    const isOwn = mission?.id === id && mission.row.parent === this.#pipeline;
    return isOwn && !isFinal(mission.row.status) ? mission : undefined;
  }

  find(id: string): MissionRow | undefined {
    const row = this.#index.findRow(id);
    return row?.id === id ? row : undefined;
  }

  /** Whether a mission that is not there was made once, and removed since. */
  wasMade(id: string): boolean {
    return this.#index.isIdKnown(id);
  }
}

/** All missions of a step's present try. */
export const missionsOf = ({ mission, probe, checks }: StepHistory): string[] =>
  [mission, probe, ...checks].flatMap((id) => (id === null ? [] : [id]));

export const missionsLeaving = ({ missions }: LeavingAgent): readonly string[] => missions;

/** Whether it was ended by its pipeline, which is no failure. */
export const isOurs = ({ reason }: MissionRow): boolean => reason === "group" || reason === "parent";
