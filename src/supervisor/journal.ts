import type { Clock, Timer } from "../base/clock.ts";
import type { DaemonLog } from "../base/daemon-log.ts";
import { asOvermindError } from "../base/errors.ts";
import type { EventBus } from "../events/bus.ts";
import type { DomainEvent, MissionEvent } from "../events/domain-event.ts";
import { isFinal } from "../protocol/mission.ts";
import type { MissionRow } from "../store/rows.ts";
import type { Fact, Store } from "../store/store.ts";
import type { RowChange } from "./facts-of-event.ts";
import type { EndBook } from "./recovery/end-book.ts";

const retryMs = 1000;

/**
 * Writes facts: the changed row and its event in one transaction, then tells the bus. A fact that
 * cannot be written (a full disk) waits here, in order, until it can: the files of the attempt
 * hold the truth meanwhile, so that a daemon killed now finds it again.
 */
export class Journal {
  readonly #store: Store;
  readonly #bus: EventBus;
  readonly #clock: Clock;
  readonly #log: DaemonLog;
  readonly #ends: EndBook;
  #waiting: Fact[] = [];
  #onceStored: (() => void)[] = [];
  #retry: Timer | null = null;
  #isGathering = false;

  constructor(parts: { store: Store; bus: EventBus; clock: Clock; log: DaemonLog; ends: EndBook }) {
    this.#store = parts.store;
    this.#bus = parts.bus;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#ends = parts.ends;
  }

  /**
   * Facts that must be stored before anything happens: all or nothing, now, and with them what waits.
   *
   * @throws OvermindError disk_full and whatever else keeps the database from storing it
   */
  intend(facts: readonly Fact[]): void {
    try {
      this.#storeWith(facts);
    } catch (error) {
      throw asOvermindError(error);
    }
  }

  /** On a full disk: gives back what storing has taken for a while. */
  makeRoom(): void {
    this.#store.makeRoom();
  }

  /** Facts that have happened: stored now, or as soon as it can be done. */
  note(facts: readonly Fact[]): void {
    for (const { event, mission } of facts) this.#noteEnd(event, mission);
    this.#waiting.push(...facts);
    if (this.#isGathering) return;
    try {
      this.#flush();
    } catch (error) {
      this.#log.error({ err: error, waiting: this.#waiting.length }, "facts cannot be stored yet");
      this.#retry ??= this.#clock.after(retryMs, () => {
        this.#retry = null;
        this.note([]);
      });
    }
  }

  /** Stores what waits now, also amid a `gather`: what is done next must not be known to the world before it is to the next daemon. */
  settle(): void {
    const wasGathering = this.#isGathering;
    this.#isGathering = false;
    this.note([]);
    this.#isGathering = wasGathering;
  }

  /** Stores what `work` notes in one transaction after it: one commit costs as much as fifty facts. */
  gather(work: () => void): void {
    const wasGathering = this.#isGathering;
    this.#isGathering = true;
    try {
      work();
    } finally {
      this.#isGathering = wasGathering;
      this.note([]);
    }
  }

  /** Calls back once every fact noted so far is stored: now, as a rule. */
  onceStored(callback: () => void): void {
    if (this.#waiting.length === 0) callback();
    else this.#onceStored.push(callback);
  }

  /** A fact of one mission; `row` is told apart from the change so that a new one can be inserted. */
  fact(id: string, event: MissionEvent, change: RowChange = {}, insert?: MissionRow): Fact {
    const { type, ...data } = event;
    const attempt = "attempt" in event ? event.attempt : null;
    return { event: { time: this.#clock.now(), type, mission: id, attempt, data }, ...change, ...(insert ? { insert } : {}) };
  }

  daemonFact(event: Exclude<DomainEvent, MissionEvent>): Fact {
    const { type, ...data } = event;
    return { event: { time: this.#clock.now(), type, mission: null, attempt: null, data } };
  }

  /** Tries a last time to store what waits. */
  close(): void {
    this.#retry?.cancel();
    this.#retry = null;
    try {
      this.#flush();
    } catch (error) {
      this.#log.error({ err: error, waiting: this.#waiting.length }, "facts are left to the next daemon");
    }
  }

  #noteEnd({ type, mission, attempt, time }: Fact["event"], change: Fact["mission"]): void {
    if (type !== "mission.ended" || mission === null || change?.status === undefined || !isFinal(change.status)) return;
    this.#ends.note(mission, { attempt: attempt ?? 1, status: change.status, reason: change.reason ?? "lost", endedAt: time });
  }

  #flush(): void {
    if (this.#waiting.length > 0) this.#storeWith([]);
  }

  /** What waits and `facts`, in one transaction. */
  #storeWith(facts: readonly Fact[]): void {
    const waited = this.#waiting;
    this.#waiting = [];
    try {
      this.#publish([...waited, ...facts]);
    } catch (error) {
      this.#waiting = [...waited, ...this.#waiting];
      throw error;
    }
    if (this.#waiting.length === 0) for (const callback of this.#onceStored.splice(0)) callback();
  }

  #publish(facts: readonly Fact[]): void {
    for (const event of this.#store.record(facts)) this.#bus.publish(event);
  }
}
