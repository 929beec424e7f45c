import { asOvermindError } from "../base/errors.ts";
import { OvermindClient } from "../client/overmind-client.ts";
import type { EventView, LogEvent, RawLogEvent } from "../protocol/messages.ts";
import type { WaitResult } from "../protocol/mission.ts";
import { pause } from "./faults.ts";
import type { Random } from "./random.ts";
import type { Sandbox } from "./sandbox.ts";
import { isDefect } from "./starved.ts";

/** What clients heard that listened while all was hurt. */
export interface Heard {
  readonly events: readonly EventView[];
  /** By mission: the whole output, once it was told to its end. */
  readonly logs: ReadonlyMap<string, string>;
  readonly waits: ReadonlyMap<string, WaitResult>;
  /** Who failed, or still waited when nothing more was to come. */
  readonly unserved: readonly string[];
}

/** Output is followed by so many at a time. */
const mostFollowers = 6;
/** Milliseconds in which every listener has to have heard the last, once all missions have ended. */
const patienceMs = 30_000;

/** Clients that follow outputs, some of them slowly, wait for ends and follow the events, over every death of the daemon. */
export class Listeners {
  readonly #sandbox: Sandbox;
  /** One for each that is under way: Node takes more than ten listeners of one signal for a leak. */
  readonly #ways = new Set<AbortController>();
  readonly #events: EventView[] = [];
  readonly #logs = new Map<string, string>();
  readonly #waits = new Map<string, WaitResult>();
  /** What they do. */
  readonly #busy = new Set<string>();
  readonly #failed: string[] = [];
  #followers = 0;
  /** Nothing more comes: who reads slowly need not any more. */
  #isAtRest = false;
  #isLeaving = false;
  #client: Promise<OvermindClient> | null = null;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Follows the event log from its begin until `leave`. */
  followEvents(): void {
    const follow = this.#keepOn(async (client, signal) => {
      const since = this.#events.at(-1)?.seq ?? 0;
      for await (const event of client.events({ since, follow: true, signal })) this.#events.push(event);
    });
    follow.catch((error: Error) => this.#failed.push(`events: ${error.message}`));
  }

  /** Now and then listens to a mission that has just begun. */
  perhapsTo(id: string, random: Random): void {
    if (random.next() < 0.3) this.#start(`wait for ${id}`, () => this.#wait(id));
    if (random.next() < 0.4 && this.#followers < mostFollowers) {
      const isRaw = random.next() < 0.5;
      const gapMs = random.pick([0, 0, 20, 400]) ?? 0;
      this.#followers += 1;
      this.#start(`output of ${id}`, () => this.#follow(id, isRaw, gapMs).finally(() => (this.#followers -= 1)));
    }
  }

  /** Lets all of them come to their end, and the followers of events to `lastEvent`. */
  async finish(lastEvent: number): Promise<Heard> {
    this.#isAtRest = true;
    const hasAll = () => this.#busy.size === 0 && (this.#events.at(-1)?.seq ?? 0) >= lastEvent;
    for (let waited = 0; waited < patienceMs && !hasAll(); waited += 50) await pause(50);
    const unserved = [...this.#failed, ...this.#busy];
    return { events: [...this.#events], logs: this.#logs, waits: this.#waits, unserved };
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    for (const way of this.#ways) way.abort();
    const client = await this.#client?.catch(() => null);
    client?.close();
  }

  #start(what: string, work: () => Promise<void>): void {
    this.#busy.add(what);
    work()
      .catch((error: Error) => this.#failed.push(`${what}: ${error.message}`))
      .finally(() => this.#busy.delete(what));
  }

  #wait(id: string): Promise<void> {
    return this.#keepOn(async (client, signal) => {
      this.#waits.set(id, await client.wait(id, { signal }));
    });
  }

  async #follow(id: string, isRaw: boolean, gapMs: number): Promise<void> {
    const pieces: Buffer[] = [];
    let from: { attempt: number; offset: number } | undefined;
    await this.#keepOn(async (client, signal) => {
      const query = { id, follow: true, stream: true, raw: isRaw };
      const args = () => (from === undefined ? query : { ...query, from });
      const take = ({ attempt, offset }: { attempt: number; offset: number }, bytes: Buffer, length: number) => {
        pieces.push(bytes);
        from = { attempt, offset: offset + length };
        return gapMs === 0 || this.#isAtRest ? undefined : pause(gapMs);
      };
      if (isRaw) {
        for await (const event of client.stream<RawLogEvent>("logs", args(), { signal, resume: args })) {
          const bytes = Buffer.from(event.base64, "base64");
          await take(event, bytes, bytes.length);
        }
      } else {
        for await (const event of client.stream<LogEvent>("logs", args(), { signal, resume: args }))
          await take(event, Buffer.from(event.marker ? "" : event.text), event.bytes);
      }
      this.#logs.set(id, Buffer.concat(pieces).toString());
    });
  }

  /** Tries until it is through: a client gives up where no daemon can be started, a person does not. */
  async #keepOn(work: (client: OvermindClient, signal: AbortSignal) => Promise<void>): Promise<void> {
    const way = new AbortController();
    this.#ways.add(way);
    try {
      while (!this.#isLeaving) {
        try {
          return await work(await this.#connection(), way.signal);
        } catch (error) {
          // What was forgotten on purpose is told by nobody.
          if (this.#isLeaving || asOvermindError(error).code === "not_found") return;
          if (isDefect(error)) throw error;
          await pause(100);
        }
      }
    } finally {
      this.#ways.delete(way);
    }
  }

  #connection(): Promise<OvermindClient> {
    this.#client ??= OvermindClient.open({ paths: this.#sandbox.paths, autostart: true }).catch((error) => {
      this.#client = null;
      throw error;
    });
    return this.#client;
  }
}
