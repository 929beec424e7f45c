import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, isoTime, type Timer } from "../../base/clock.ts";
import type { DaemonLog } from "../../base/daemon-log.ts";
import { faultPoint } from "../../base/fault-points.ts";
import { visible } from "../../base/text-width.ts";
import type { HookView } from "../../protocol/config.ts";
import type { EventView } from "../../protocol/messages.ts";
import type { HookEnd, HookProcess, HookRequest } from "../../runner/hook-process.ts";
import type { HostIdentity } from "../../runner/identity.ts";
import type { HookSpec } from "../../settings/settings.ts";
import type { HookRow } from "../../store/hook-table.ts";
import type { Store } from "../../store/store.ts";
import type { Slots } from "../queue/slots.ts";
import { afterFailure, eventMatcher, remainingDelay } from "./hook-rule.ts";

export interface HookQueueParts {
  readonly store: Pick<Store, "hooks" | "events">;
  readonly clock: Clock;
  readonly log: DaemonLog;
  readonly slots: Slots;
  readonly host: HostIdentity;
  /** The home: where hooks run. */
  readonly home: string;
  start(request: HookRequest): HookProcess;
  /** Tells that a delivery was given up. */
  gaveUp(dead: { hook: string; seq: number; tries: number; error: string }): void;
}

interface Delivery {
  readonly event: EventView;
  /** Given up before, and asked for again. */
  readonly isRevived: boolean;
}

const batch = 200;
// Events that are not the hook's move its cursor in memory; so far it may run ahead of what is stored.
const storeEvery = 1000;
const troubleMs = 5000;

/** One hook's deliveries: in order, one at a time, each until it is made or given up. */
export class HookQueue {
  readonly #parts: HookQueueParts;
  #spec: HookSpec;
  #matches: (type: string) => boolean;
  #row: HookRow;
  #storedCursor: number;
  #timer: Timer | null = null;
  #process: HookProcess | null = null;
  #work: Promise<void> | null = null;
  #isClosed = false;

  /** @param row where it stands, as stored */
  constructor(spec: HookSpec, row: HookRow, parts: HookQueueParts) {
    this.#parts = parts;
    this.#spec = spec;
    this.#matches = eventMatcher(spec.on);
    this.#row = row;
    this.#storedCursor = row.cursor;
  }

  get name(): string {
    return this.#spec.name;
  }

  /** Takes up the work, after the delay that a former daemon left. */
  open(): void {
    this.#wakeAfter(this.#row.tries === 0 ? 0 : remainingDelay(this.#row.retry_at, this.#parts.clock.now()));
  }

  /** Another text of the same hook; holds from the next try on. */
  change(spec: HookSpec): void {
    this.#spec = spec;
    this.#matches = eventMatcher(spec.on);
    this.wake();
  }

  /** An event was recorded. */
  notice(event: EventView): void {
    const isNext = this.#work === null && this.#timer === null && this.#row.cursor === event.seq - 1;
    if (isNext && !this.#matches(event.type)) this.#skip(event.seq);
    else this.wake();
  }

  /** Looks whether there is something to deliver, unless it waits for its next try. */
  wake(): void {
    if (this.#timer === null) this.#wakeAfter(0);
  }

  /** Has the dead deliveries tried again, and what waits tried now. Answers how many were dead. */
  retry(): number {
    const count = this.#parts.store.hooks.revive(this.name);
    this.#row = { ...this.#row, tries: 0, retry_at: null };
    this.#wakeAfter(0);
    return count;
  }

  view(): HookView {
    const { name, on, run, timeoutMs, retries } = this.#spec;
    const { cursor, delivered, tries, retry_at, last_error, last_error_at } = this.#row;
    return {
      name,
      on,
      run,
      timeout_seconds: timeoutMs / 1000,
      retries,
      state: this.#process !== null ? "running" : tries > 0 ? "waiting" : "idle",
      cursor,
      lag: Math.max(0, this.#parts.store.events.lastSeq() - cursor),
      delivered,
      tries,
      retry_at: isoTime(retry_at),
      last_error,
      last_error_at: isoTime(last_error_at),
      dead: this.#parts.store.hooks.deadOf(name).map(({ seq, event, tries, error, time }) => ({
        seq,
        type: event.type,
        mission: event.mission,
        tries,
        last_error: error,
        time: isoTime(time),
      })),
    };
  }

  /** Ends what is at work, without counting it as failed: the next daemon delivers it again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#process?.end();
    await this.#work;
    if (this.#storedCursor !== this.#row.cursor) this.#save();
  }

  #wakeAfter(ms: number): void {
    if (this.#isClosed) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(ms, () => {
      this.#timer = null;
      this.#work ??= this.#deliverAll();
    });
  }

  async #deliverAll(): Promise<void> {
    try {
      while (!this.#isClosed) {
        const delivery = await this.#next();
        if (delivery === null || !(await this.#deliver(delivery))) break;
      }
    } catch (error) {
      this.#parts.log.error({ err: error, hook: this.name }, "a hook cannot go on yet");
      this.#wakeAfter(troubleMs);
    }
    this.#work = null;
    // What was recorded between the last look and this line.
    if (this.#timer === null && this.#parts.store.events.lastSeq() > this.#row.cursor) this.wake();
  }

  async #next(): Promise<Delivery | null> {
    const { hooks, events } = this.#parts.store;
    const revived = hooks.nextRevived(this.name);
    if (revived !== undefined) return { event: revived.event, isRevived: true };
    for (;;) {
      const found = events.after(this.#row.cursor, batch);
      for (const event of found) {
        if (this.#matches(event.type)) return { event, isRevived: false };
        this.#skip(event.seq);
      }
      if (found.length < batch) return null;
      await nextTurn();
      if (this.#isClosed) return null;
    }
  }

  /** One try. False: it is not to go on now. */
  async #deliver(delivery: Delivery): Promise<boolean> {
    const release = await this.#parts.slots.take();
    try {
      if (this.#isClosed) return false;
      const end = await this.#run(delivery.event);
      FAULT: faultPoint("after_hook");
      if (this.#isClosed && end.error !== null) return false;
      return end.error === null ? this.#succeed(delivery) : this.#fail(delivery, errorText(end));
    } finally {
      release();
    }
  }

  async #run(event: EventView): Promise<HookEnd> {
    const { home, host } = this.#parts;
    this.#process = this.#parts.start({
      run: this.#spec.run,
      cwd: home,
      environment: { ...process.env, OVERMIND_HOME: home, OVERMIND_HOOK: this.name, OVERMIND_EVENT: event.type, PWD: home },
      input: `${JSON.stringify(event)}\n`,
      timeoutMs: this.#spec.timeoutMs,
    });
    const { identity } = this.#process;
    try {
      if (identity !== null) this.#save({ process: JSON.stringify({ ...identity, ...host }) });
      return await this.#process.ended;
    } finally {
      this.#process = null;
    }
  }

  #succeed({ event, isRevived }: Delivery): boolean {
    const patch = { delivered: this.#row.delivered + 1, tries: 0, retry_at: null, process: null };
    if (isRevived) this.#save(patch, event.seq);
    else this.#save({ ...patch, cursor: event.seq });
    return true;
  }

  #fail({ event, isRevived }: Delivery, error: string): boolean {
    const now = this.#parts.clock.now();
    const tries = this.#row.tries + 1;
    const next = afterFailure(tries, this.#spec.retries);
    const told = { last_error: error, last_error_at: now, process: null };
    if (next !== "give_up") {
      this.#save({ ...told, tries, retry_at: now + next.delayMs });
      this.#wakeAfter(next.delayMs);
      return false;
    }
    const row = { ...this.#row, ...told, tries: 0, retry_at: null, cursor: isRevived ? this.#row.cursor : event.seq };
    this.#parts.store.hooks.bury(row, { hook: this.name, seq: event.seq, event, tries, error, time: now });
    this.#row = row;
    this.#storedCursor = row.cursor;
    this.#parts.gaveUp({ hook: this.name, seq: event.seq, tries, error });
    return true;
  }

  #skip(seq: number): void {
    this.#row = { ...this.#row, cursor: seq };
    if (seq - this.#storedCursor >= storeEvery) this.#save();
  }

  #save(patch: Partial<HookRow> = {}, forget?: number): void {
    const row = { ...this.#row, ...patch };
    this.#parts.store.hooks.save(row, forget);
    this.#row = row;
    this.#storedCursor = row.cursor;
  }
}

function errorText({ error, output }: HookEnd): string {
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  return last === "" ? String(error) : `${error}: ${visible(last).slice(-300)}`;
}
