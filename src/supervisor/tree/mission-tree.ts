import { OvermindError } from "../../base/errors.ts";
import type { MissionEvent } from "../../events/domain-event.ts";
import type { GroupMembers } from "../../mission/process-owner.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { LiveMission } from "../live-mission.ts";
import type { MissionIndex } from "../mission-index.ts";
import type { Pipelines } from "../pipeline/pipelines.ts";
import type { Surroundings } from "../surroundings.ts";
import { GroupKeeper } from "./group-keeper.ts";

export interface TreeParts {
  readonly index: MissionIndex;
  readonly surroundings: Surroundings;
  /** Starts the next attempt of a mission that has ended. */
  readonly revive: (row: MissionRow) => void;
  readonly pipelines: Pipelines;
}

/**
 * Who belongs to whom, and what follows when a parent ends. A mission's parent is fixed when it is
 * made and has to exist by then, so the tree has no cycle.
 */
export class MissionTree {
  readonly #parts: TreeParts;
  /** Live missions by their parent. */
  readonly #children = new Map<string, Set<LiveMission>>();
  readonly #groups = new Map<string, GroupKeeper>();
  /** What has to wait until every mission of a former daemon is taken up; null: they all are. */
  #untilRecovered: (() => void)[] | null = [];

  constructor(parts: TreeParts) {
    this.#parts = parts;
  }

  /** Takes a mission into the tree, before its machine starts. */
  add(mission: LiveMission): void {
    const { parent } = mission.row;
    if (parent !== null) {
      const siblings = this.#children.get(parent) ?? new Set();
      this.#children.set(parent, siblings.add(mission));
    }
    mission.onEvent((event) => this.#follow(mission, event));
  }

  /**
   * Every mission of a former daemon is taken up.
   *
   * @param formerlyLive ids of those that had not ended as this daemon began
   */
  recovered(formerlyLive: readonly string[]): void {
    const waiting = this.#untilRecovered ?? [];
    this.#untilRecovered = null;
    for (const id of formerlyLive) {
      const row = this.#parts.index.findRow(id);
      if (row !== undefined && isFinal(row.status)) this.#endChildrenOf(id);
    }
    for (const work of waiting) work();
  }

  /**
   * Refuses a child that would be too deep, or one too many, or the member of a group that has ended.
   *
   * @throws OvermindError invalid_argument naming the limit
   */
  checkPlace(parent: string): void {
    const row = this.#parts.index.findRow(parent);
    if (row !== undefined && isFinal(row.status) && (row.spec as MissionSpec).type === "group") throw endedGroup(row);
    const { max_depth, max_children } = this.#parts.surroundings.settings.current;
    if (this.#depthOf(parent, max_depth) >= max_depth) throw beyondLimit("max_depth", max_depth, "generations", parent);
    if (this.#liveChildren(parent).length < max_children) return;
    throw beyondLimit("max_children", max_children, "live children of one mission", parent);
  }

  liveCount(parent: string): number {
    return this.#liveChildren(parent).length;
  }

  /** Whether a mission holds members now. */
  isLiveGroup(id: string): boolean {
    const mission = this.#parts.index.findLive(id);
    return mission?.id === id && mission.spec.type === "group" && !mission.isFinal;
  }

  /** Of a group its members as its process actor sees them; null for every other mission. */
  membersOf(mission: LiveMission): GroupMembers | null {
    if (mission.spec.type === "blueprint") return this.#parts.pipelines.keeperOf(mission);
    return mission.spec.group === null ? null : this.#keeperOf(mission, mission.spec.group);
  }

  /** Whether its group lets it start again after this attempt's crash. */
  mayRestart(mission: LiveMission, attempt: number): boolean {
    if (this.#untilRecovered !== null) return true;
    return this.#groups.get(mission.row.parent ?? "")?.mayRestart(mission, attempt) ?? true;
  }

  /** Calls `start` when its group lets the mission start; answers what takes it back. */
  awaitTurn(mission: LiveMission, start: () => void): () => void {
    const parent = mission.row.parent ?? "";
    const keeper = this.#groups.get(parent) ?? this.#parts.pipelines.find(parent)?.services;
    if (keeper !== undefined) return keeper.awaitTurn(mission.id, start);
    start();
    return () => undefined;
  }

  /** Does it now, or once every mission of a former daemon is taken up. */
  whenRecovered(work: () => void): void {
    if (this.#untilRecovered === null) work();
    else this.#untilRecovered.push(work);
  }

  #keeperOf(mission: LiveMission, group: NonNullable<MissionSpec["group"]>): GroupKeeper {
    const { surroundings, revive, index } = this.#parts;
    const known = this.#groups.get(mission.id);
    if (known !== undefined) return known;
    const keeper = new GroupKeeper({
      group: mission,
      rule: group,
      clock: surroundings.clock,
      host: surroundings.host,
      log: surroundings.log,
      liveMembers: () => this.#inStartOrder(mission.id),
      endedByGroup: () =>
        index
          .childrenOf(mission.id)
          .flatMap((id) => index.findRow(id) ?? [])
          .filter((row) => isFinal(row.status) && row.reason === "group"),
      revive,
      whenRecovered: (work) => this.whenRecovered(work),
    });
    this.#groups.set(mission.id, keeper);
    return keeper;
  }

  #follow(mission: LiveMission, event: MissionEvent): void {
    const { parent } = mission.row;
    this.#tellGroup(mission, event);
    this.#parts.pipelines.follow(mission, event);
    if (event.type !== "mission.ended") return;
    if (parent !== null) this.#forgetChild(parent, mission);
    this.#groups.delete(mission.id);
    // Those that are not taken up yet have to be there to be told.
    if (this.#untilRecovered === null) this.#endChildrenOf(mission.id);
  }

  #tellGroup(member: LiveMission, event: MissionEvent): void {
    const keeper = this.#groups.get(member.row.parent ?? "");
    if (event.type === "mission.backing_off") keeper?.memberCrashed(member, event.attempt);
    if (event.type === "mission.started" || event.type === "mission.attempt_ended") keeper?.memberBegan(member.id);
    if (event.type === "mission.ended") keeper?.memberEnded(member, event);
  }

  #forgetChild(parent: string, mission: LiveMission): void {
    const siblings = this.#children.get(parent);
    siblings?.delete(mission);
    if (siblings?.size === 0) this.#children.delete(parent);
  }

  #endChildrenOf(parent: string): void {
    for (const child of this.#liveChildren(parent)) {
      const { onParentExit } = child.spec.policy;
      if (onParentExit === "keep") continue;
      child.request({ type: onParentExit === "kill" ? "kill.requested" : "stop.requested", by: parent, cause: "parent" });
    }
  }

  #liveChildren(parent: string): LiveMission[] {
    return [...(this.#children.get(parent) ?? [])].filter((child) => !child.isFinal);
  }

  /** As they were made: one that was revived keeps its place. */
  #inStartOrder(parent: string): LiveMission[] {
    const order = new Map(this.#parts.index.childrenOf(parent).map((id, place) => [id, place]));
    const place = (mission: LiveMission) => order.get(mission.id) ?? Number.POSITIVE_INFINITY;
    return this.#liveChildren(parent).sort((left, right) => place(left) - place(right));
  }

  #depthOf(id: string, most: number): number {
    let depth = 0;
    for (let at: string | null = id; at !== null && depth < most; depth += 1) at = this.#parts.index.findRow(at)?.parent ?? null;
    return depth;
  }
}

function endedGroup({ id, name }: MissionRow): OvermindError {
  return new OvermindError("invalid_argument", `parent: the group ${name} has ended and holds no members any more`, {
    details: { field: "parent", parent: id },
    hint: `Start it again first: overmind restart ${name}`,
  });
}

function beyondLimit(name: string, limit: number, what: string, parent: string): OvermindError {
  return new OvermindError("invalid_argument", `parent: ${name} allows ${limit} ${what}`, {
    details: { field: "parent", limit: name, value: limit, parent },
    hint: `Choose another parent, or raise ${name} in config.toml.`,
  });
}
