import type { MissionEvent } from "../../events/domain-event.ts";
import type { RunRequest } from "../daemon-context.ts";
import type { LiveMission } from "../live-mission.ts";
import type { MissionIndex } from "../mission-index.ts";
import type { Surroundings } from "../surroundings.ts";
import { LoopbackPorts } from "./loopback-ports.ts";
import { PipelineKeeper } from "./pipeline-keeper.ts";

export interface PipelinesParts {
  readonly index: MissionIndex;
  readonly surroundings: Surroundings;
  newId(): string;
  /** Makes a mission that bears this id. */
  run(request: RunRequest, id: string): unknown;
  /** Does it now, or once every mission of a former daemon is taken up. */
  whenRecovered(work: () => void): void;
  /** How many missions of a pipeline live. */
  liveChildren(id: string): number;
}

/** What happens to a mission that its pipeline may go on for. */
const news: ReadonlySet<MissionEvent["type"]> = new Set([
  "mission.started",
  "mission.adopted",
  "mission.turn_ended",
  "mission.message_refused",
  "mission.ended",
]);

/** The live pipelines of a home. */
export class Pipelines {
  readonly #parts: PipelinesParts;
  readonly #keepers = new Map<string, PipelineKeeper>();
  readonly #ports = new LoopbackPorts((port, besides) =>
    [...this.#keepers].some(([id, keeper]) => id !== besides && keeper.hasPort(port)),
  );

  constructor(parts: PipelinesParts) {
    this.#parts = parts;
  }

  keeperOf(mission: LiveMission): PipelineKeeper {
    const known = this.#keepers.get(mission.id);
    if (known !== undefined) return known;
    const keeper = new PipelineKeeper(mission, this.#parts, this.#ports);
    this.#keepers.set(mission.id, keeper);
    return keeper;
  }

  /** The keeper of a pipeline that lives. */
  find(id: string): PipelineKeeper | undefined {
    return this.#keepers.get(id);
  }

  /** Something happened to a mission: its pipeline may go on, or it is one that has ended. */
  follow(mission: LiveMission, event: MissionEvent): void {
    const { type } = event;
    if (type === "mission.ended") this.#keepers.delete(mission.id);
    const keeper = this.#keepers.get(mission.row.parent ?? "");
    if (type === "mission.backing_off") keeper?.crashed(mission, event.attempt);
    if (type === "mission.started" || type === "mission.attempt_ended") keeper?.services.began(mission.id);
    if (type === "mission.ended") keeper?.services.ended(mission.id);
    if (news.has(type)) keeper?.look();
  }
}
