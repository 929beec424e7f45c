import type { Timer } from "../../base/clock.ts";
import type { QueueSpec } from "../../mission/spec.ts";
import { PoolUse } from "./pool-use.ts";
import { brokenBy, type Dependency, delayLeft, hasFreeSlot, queueStep, type Standing } from "./queue-rule.ts";
import type { QueueMember, QueueParts, QueueWaiting } from "./queue-types.ts";

interface Entry {
  readonly member: QueueMember;
  readonly priority: number;
  readonly createdAt: number;
  readonly order: number;
  readonly live: Map<string, string>;
  broken: string | null;
  delay: Timer | null;
  stage: string | null;
  /** What was told of it last; null: not by this daemon. */
  note: string | null;
  isInLine: boolean;
}

// The daemon answers others between two such pieces of work.
const atOnce = 50;

/**
 * Who waits for what before its first attempt, and who holds the slots of pools. Every event
 * touches only those it concerns. Who holds a slot is known from the missions themselves, so that
 * nothing is lost with a daemon: each live mission of a pool that is not queued holds one.
 */
export class Queue {
  readonly #parts: QueueParts;
  readonly #entries = new Map<string, Entry>();
  /** The entries that wait for a mission. */
  readonly #dependents = new Map<string, Set<Entry>>();
  readonly #uses = new Map<string, PoolUse<Entry>>();
  readonly #holds = new Map<string, string>();
  /** Entries whose standing may have changed, and pools that may have a slot to give. */
  readonly #touched = new Set<Entry>();
  readonly #freed = new Set<string>();
  #order = 0;
  #isOpen = false;
  #isPumping = false;
  #isScheduled = false;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  /** Why a mission that is about to be made will wait, for its first record. */
  foresee(queue: QueueSpec, createdAt: number): QueueWaiting {
    const dependencies = queue.after.map((id) => this.#parts.dependency(id));
    const names = dependencies.filter(({ standing }) => standing === "live").map(({ name }) => name);
    const isDelayed = delayLeft(queue, createdAt, 0) > 0;
    const broken = dependencies.map((one) => brokenBy(one, queue.afterAny)).find((why) => why !== null) ?? null;
    const step = queueStep(queue, { live: names.length, names, broken, isDelayed, hasPool: this.#hasPool(queue) });
    return step.kind === "wait" ? step : { waitingFor: "dependency", until: null, note: step.note };
  }

  /** A live mission that is not queued holds a slot of its pool until it has ended. */
  hold(id: string, pool: string): void {
    this.#holds.set(id, pool);
    this.#use(pool).holders.add(id);
  }

  /** Takes a queued mission in; it is told what it waits for, and when it may start. */
  add(member: QueueMember): void {
    this.#order += 1;
    const { queue, createdAt, waitingFor } = member;
    const place = { priority: queue.priority, createdAt, order: this.#order };
    const entry: Entry = {
      member,
      ...place,
      live: new Map(),
      broken: null,
      delay: null,
      stage: waitingFor,
      note: null,
      isInLine: false,
    };
    this.#entries.set(member.id, entry);
    if (queue.pool !== null) this.#use(queue.pool).waiting.add(entry);
    this.#touched.add(entry);
    if (this.#isOpen) {
      this.#prepare(entry);
      this.#pump();
    }
  }

  /** Begins to release: when every mission of a former daemon has been taken up, and not before. */
  open(): void {
    this.#isOpen = true;
    for (const entry of this.#entries.values()) this.#prepare(entry);
    for (const pool of this.#uses.keys()) this.#freed.add(pool);
    this.#pump();
  }

  /** A mission has reached its end, whatever it was to the queue. */
  ended(dependency: Dependency): void {
    const { id } = dependency;
    const entry = this.#entries.get(id);
    if (entry !== undefined) {
      this.#forget(entry);
      if (entry.member.queue.pool !== null) this.#freed.add(entry.member.queue.pool);
    }
    const pool = this.#holds.get(id);
    if (pool !== undefined) {
      this.#holds.delete(id);
      this.#use(pool).holders.delete(id);
      this.#freed.add(pool);
    }
    for (const dependent of this.#dependents.get(id) ?? []) {
      dependent.live.delete(id);
      dependent.broken ??= brokenBy(dependency, dependent.member.queue.afterAny);
      if (dependent.live.size === 0 || dependent.broken !== null) this.#touched.add(dependent);
    }
    this.#dependents.delete(id);
    this.#schedule();
  }

  /** A pool was made, changed or removed. */
  poolChanged(name: string): void {
    this.#freed.add(name);
    // They are told when the pool that they wait for is gone, or there again.
    for (const entry of this.#use(name).waiting) if (entry.isInLine) this.#touched.add(entry);
    this.#pump();
  }

  useOf(pool: string): { used: number; queued: number } {
    const use = this.#uses.get(pool);
    return { used: use?.holders.size ?? 0, queued: use?.waiting.size ?? 0 };
  }

  /** Releases nobody any more. */
  close(): void {
    this.#isOpen = false;
    for (const entry of this.#entries.values()) entry.delay?.cancel();
  }

  #prepare(entry: Entry): void {
    const { queue, createdAt, attempt, ageMs } = entry.member;
    if (attempt > 1) return;
    for (const id of queue.after) this.#dependOn(entry, this.#parts.dependency(id));
    const leftMs = delayLeft(queue, createdAt, ageMs());
    if (leftMs === 0) return;
    entry.delay = this.#parts.clock.after(leftMs, () => {
      entry.delay = null;
      this.#touched.add(entry);
      // Not at once: of several whose delays pass together the first in line is to be released first.
      this.#schedule();
    });
  }

  #dependOn(entry: Entry, dependency: Dependency): void {
    const { id, name, standing } = dependency;
    entry.broken ??= brokenBy(dependency, entry.member.queue.afterAny);
    if (standing !== "live") return;
    entry.live.set(id, name);
    const dependents = this.#dependents.get(id) ?? new Set();
    this.#dependents.set(id, dependents.add(entry));
  }

  #schedule(): void {
    if (!this.#isOpen || this.#isScheduled) return;
    this.#isScheduled = true;
    this.#parts.soon(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (!this.#isOpen || this.#isPumping) return;
    this.#isPumping = true;
    let isMore = true;
    try {
      this.#parts.gather(() => {
        for (let done = 0; isMore && done < atOnce; done += 1) isMore = this.#moveOne() || this.#releaseOne();
      });
    } finally {
      this.#isPumping = false;
    }
    if (isMore) this.#schedule();
  }

  /** Tells one mission where it stands now. False when all know. */
  #moveOne(): boolean {
    const [entry] = this.#touched;
    if (entry === undefined) return false;
    this.#touched.delete(entry);
    if (!this.#isWaiting(entry)) return true;
    const step = queueStep(entry.member.queue, { ...standingOf(entry), hasPool: this.#hasPool(entry.member.queue) });
    if (step.kind === "refuse") {
      this.#forget(entry);
      entry.member.tell({ type: "queue.refused", note: step.note });
      return true;
    }
    if (step.waitingFor === "slot") this.#line(entry, step);
    else this.#move(entry, step);
    return true;
  }

  #line(entry: Entry, step: QueueWaiting): void {
    const { pool } = entry.member.queue;
    if (pool === null) this.#release(entry);
    else {
      if (!entry.isInLine) {
        entry.isInLine = true;
        this.#use(pool).enqueue(entry);
        this.#freed.add(pool);
      }
      this.#move(entry, step);
    }
  }

  #move(entry: Entry, { waitingFor, until, note }: QueueWaiting): void {
    const isTold = entry.stage === waitingFor && (entry.note === null || entry.note === note);
    entry.stage = waitingFor;
    entry.note = note;
    if (isTold) return;
    entry.member.tell({ type: "queue.moved", waitingFor, until, note });
  }

  /** Gives one free slot to whom it belongs. False when there is none to give. */
  #releaseOne(): boolean {
    const [pool] = this.#freed;
    if (pool === undefined) return false;
    const first = this.#isFree(pool) ? this.#use(pool).first((entry) => this.#isWaiting(entry)) : undefined;
    if (first === undefined) {
      this.#freed.delete(pool);
      if (this.#use(pool).isIdle) this.#uses.delete(pool);
    } else this.#release(first);
    return true;
  }

  #release(entry: Entry): void {
    const { id, queue } = entry.member;
    this.#forget(entry);
    if (queue.pool !== null) this.hold(id, queue.pool);
    entry.member.tell({ type: "queue.released" });
  }

  #isWaiting(entry: Entry): boolean {
    return this.#entries.get(entry.member.id) === entry && entry.member.isQueued();
  }

  #hasPool({ pool }: QueueSpec): boolean {
    return pool === null || this.#parts.pool(pool) !== undefined;
  }

  #isFree(pool: string): boolean {
    return hasFreeSlot(this.#parts.pool(pool), this.#use(pool).holders.size);
  }

  #forget(entry: Entry): void {
    const { id, queue } = entry.member;
    this.#entries.delete(id);
    this.#touched.delete(entry);
    entry.delay?.cancel();
    entry.delay = null;
    for (const dependency of entry.live.keys()) {
      const dependents = this.#dependents.get(dependency);
      dependents?.delete(entry);
      if (dependents?.size === 0) this.#dependents.delete(dependency);
    }
    if (queue.pool !== null) this.#use(queue.pool).waiting.delete(entry);
  }

  #use(pool: string): PoolUse<Entry> {
    const use = this.#uses.get(pool) ?? new PoolUse<Entry>();
    this.#uses.set(pool, use);
    return use;
  }
}

function standingOf({ live, broken, delay }: Entry): Omit<Standing, "hasPool"> {
  const values = live.values();
  const names = [values.next().value, values.next().value].filter((name) => name !== undefined);
  return { live: live.size, names, broken, isDelayed: delay !== null };
}
