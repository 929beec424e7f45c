import type { QueueWait } from "../../mission/machine-types.ts";
import type { QueueSpec } from "../../mission/spec.ts";
import type { MissionRow } from "../../store/rows.ts";

/** How a mission that others wait for stands; `unknown`: nobody remembers how it ended. */
export type DependencyStanding = "live" | "succeeded" | "ended" | "unknown";

export interface Dependency {
  readonly id: string;
  /** As a person knows it: its name, or its id where the name is forgotten. */
  readonly name: string;
  readonly standing: DependencyStanding;
  /** For one that ended without success: `crashed (failed)`. */
  readonly end: string;
}

/** What keeps a queued mission from its start, before a slot is asked for. */
export interface Standing {
  /** How many missions that it waits for have not ended yet, and names of the first of them. */
  readonly live: number;
  readonly names: readonly string[];
  /** Why what it waits for can never come; null while it can. */
  readonly broken: string | null;
  /** Whether its delay has not passed yet. */
  readonly isDelayed: boolean;
  /** Whether its pool exists; also where it needs none. */
  readonly hasPool: boolean;
}

export type QueueStep =
  | { readonly kind: "refuse"; readonly note: string }
  | { readonly kind: "wait"; readonly waitingFor: QueueWait; readonly until: number | null; readonly note: string };

/** A pool's slots; those of a paused one are given to nobody. */
export interface Pool {
  readonly name: string;
  readonly slots: number;
  readonly isPaused: boolean;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** Where a mission stands in the line of its pool. */
export interface Place {
  readonly priority: number;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Tells apart what was made in the same millisecond: greater came later. */
  readonly order: number;
}

/** What a queued mission waits for next; with neither mission nor delay left it is a slot. */
export function queueStep(queue: QueueSpec, { live, names, broken, isDelayed, hasPool }: Standing): QueueStep {
  if (broken !== null) return { kind: "refuse", note: broken };
  if (live > 0) {
    const note = `waits for ${listed(names, live)} to end${queue.afterAny ? "" : " with success"}`;
    return { kind: "wait", waitingFor: "dependency", until: null, note };
  }
  if (isDelayed) return { kind: "wait", waitingFor: "delay", until: queue.notBefore, note: "waits for its delay to pass" };
  return { kind: "wait", waitingFor: "slot", until: null, note: slotNote(queue.pool, hasPool) };
}

/** What a mission that needs nothing but a slot waits for. */
export function slotNote(pool: string | null, hasPool: boolean): string {
  if (pool === null) return "starts at once";
  if (hasPool) return `waits for a slot of pool ${pool}`;
  return `waits for pool ${pool}, which does not exist: make it with overmind pool set ${pool} --slots N`;
}

/** Why a dependency keeps a mission from ever starting; null: it does not. */
export function brokenBy({ name, standing, end }: Dependency, afterAny: boolean): string | null {
  if (afterAny || standing === "live" || standing === "succeeded") return null;
  if (standing === "unknown") return `${name}, which it waited for, is not known any more`;
  return `${name}, which it waited for, ended ${end}`;
}

/** How a mission stands for those that wait for it. Being stopped on request is no success. */
export function dependencyOf(row: Pick<MissionRow, "id" | "name" | "status" | "reason">, isLive: boolean): Dependency {
  const standing = isLive ? "live" : row.reason === "completed" ? "succeeded" : "ended";
  const reason = row.reason ?? "lost";
  return { id: row.id, name: row.name, standing, end: reason === row.status ? reason : `${row.status} (${reason})` };
}

/**
 * Milliseconds until the delay has passed.
 *
 * @param createdAt epoch ms, from which the delay was reckoned
 * @param ageMs how long ago that is
 */
export const delayLeft = ({ notBefore }: QueueSpec, createdAt: number, ageMs: number): number =>
  notBefore === null ? 0 : Math.max(0, notBefore - createdAt - ageMs);

/** Whether a pool has room for one more. What does not exist has none. */
export const hasFreeSlot = (pool: Pool | undefined, used: number): boolean =>
  pool !== undefined && !pool.isPaused && used < pool.slots;

/** Negative when `left` starts first: by priority, then by age. */
export const byPlace = (left: Place, right: Place): number =>
  right.priority - left.priority || left.createdAt - right.createdAt || left.order - right.order;

function listed([first = "", second = ""]: readonly string[], count: number): string {
  if (count === 1) return first;
  return count === 2 ? `${first} and ${second}` : `${first}, ${second} and ${count - 2} more`;
}
