import { randomUUID } from "node:crypto";
import { OvermindError } from "../../base/errors.ts";
import { faultPoint } from "../../base/fault-points.ts";
import type { Heard, Refusal } from "../../providers/agent-reader.ts";
import { formerMessage, type Message, newMessage, refuse, sentAgainAs, unsent } from "./messages.ts";
import type { SendRecord, TalkFile } from "./talk-file.ts";

/** Messages on their way to a mission's agent, over all its attempts. Each is written at most once. */
export class Outbox {
  readonly #memory: TalkFile;
  /** Of all messages ever. */
  readonly #ids: Set<string>;
  /** Of messages that the agent will not take. */
  readonly #refused: Set<string>;
  /** Of messages that a former daemon saw its agent's stdin take. */
  readonly #written: Set<string>;
  #queue: Message[];
  /** Written, their turn not ended; the oldest first. */
  #awaiting: Message[] = [];
  /** Those that a former daemon noted, and nothing says that they were written too. */
  readonly #inDoubt = new Set<Message>();

  constructor(memory: TalkFile) {
    this.#memory = memory;
    const records = memory.records();
    this.#queue = unsent(records);
    const given = records.flatMap((record) => (record.did === "queue" || record.did === "send" ? [record.id] : []));
    this.#ids = new Set([...given, ...this.#queue.map(({ id }) => id)]);
    this.#refused = new Set(records.flatMap((record) => (record.did === "refuse" ? [record.id] : [])));
    this.#written = new Set(records.flatMap((record) => (record.did === "written" ? [record.id] : [])));
  }

  /** Whether a message was written whose turn has not ended. */
  get isAwaiting(): boolean {
    return this.#awaiting.length > 0;
  }

  get isEmpty(): boolean {
    return this.#awaiting.length === 0 && this.#queue.length === 0;
  }

  /** The message that is to be written next. */
  get next(): Message | undefined {
    return this.#queue[0];
  }

  /**
   * Takes a message, stored. One whose id was taken before is answered as it stands, and never taken again.
   *
   * @param isFirst it goes before those that wait
   */
  add(id: string, text: string, isFirst = false): Message {
    const known = this.#find(id);
    if (known !== null) return known;
    const message = newMessage(id, text);
    this.#ids.add(id);
    this.#memory.add({ did: "queue", id, text });
    FAULT: faultPoint("after_message_kept");
    if (isFirst) this.#queue.unshift(message);
    else this.#queue.push(message);
    return message;
  }

  /** The prompt: the first message of a conversation. */
  greet(text: string): void {
    this.#queue.unshift(newMessage(randomUUID(), text));
  }

  /** The next message is about to be written. Stored before it is: lost in doubt rather than said twice. */
  writes(attempt: number, at: number, time: number): void {
    const message = this.#queue.shift();
    if (message === undefined) return;
    this.#awaiting.push(message);
    this.#memory.add({ did: "send", attempt, id: message.id, at, time, text: message.text });
    FAULT: faultPoint("after_message_sent");
  }

  /** The agent's stdin took it. */
  isWritten(attempt: number, id: string): void {
    this.#memory.add({ did: "written", attempt, id });
  }

  /** A former daemon wrote these, or died before it did. */
  wasWritten(records: readonly SendRecord[]): void {
    for (const { id, text } of records) {
      if (this.#refused.has(id)) continue;
      const message = newMessage(id, text);
      this.#awaiting.push(message);
      if (!this.#written.has(id)) this.#inDoubt.add(message);
    }
  }

  /** Answers which messages the agent refused that were not known to be. */
  hears({ delivered, refused }: Pick<Heard, "delivered" | "refused">): Refusal[] {
    if (delivered.length === 0 && refused.length === 0) return [];
    for (const message of this.#awaiting) if (delivered.includes(message.id)) this.#isConfirmed(message);
    const gone = [...refused, ...this.#neverWritten(delivered)];
    const lost = gone.filter(({ id }) => this.#awaiting.some((message) => message.id === id));
    const isLost = (id: string) => lost.some((refusal) => refusal.id === id);
    for (const message of this.#awaiting) if (isLost(message.id)) refuse(message);
    this.#awaiting = this.#awaiting.filter(({ id }) => !isLost(id));
    return this.#kept(lost);
  }

  /** A turn ended; answers the message that it belongs to. Whoever knows how settles it. */
  turnEnded(): Message | undefined {
    const message = this.#awaiting.shift();
    if (message !== undefined) this.#inDoubt.delete(message);
    return message;
  }

  /** A message that met a limit waits once more, before those that never did. */
  again(message: Message): void {
    this.#ids.add(message.id);
    this.#queue.splice(this.#queue.filter(({ tries }) => tries !== undefined).length, 0, message);
  }

  /** What was written went to an agent that could not take it: it is written again to the next. */
  takeBack(): void {
    const known = new Set(this.#queue.map(({ id }) => id));
    this.#inDoubt.clear();
    const back = this.#awaiting.splice(0).filter(({ id }) => !known.has(id));
    for (const { id, text } of back) this.#memory.add({ did: "take_back", id, text });
    this.#queue.unshift(...back);
  }

  /** The attempt is over: what it was told and did not answer, no later one will. */
  attemptEnded(): void {
    this.#inDoubt.clear();
    for (const message of this.#awaiting.splice(0)) message.answered.reject(new OvermindError("exited"));
  }

  #isConfirmed(message: Message): void {
    this.#inDoubt.delete(message);
    message.delivered.resolve(true);
  }

  /** An agent reads in order: what is in doubt before a message that it confirms was noted and not written. */
  #neverWritten(confirmed: readonly string[]): Refusal[] {
    if (this.#inDoubt.size === 0) return [];
    const last = this.#awaiting.findLastIndex(({ id }) => confirmed.includes(id));
    const passed = this.#awaiting.slice(0, Math.max(0, last)).filter((message) => this.#inDoubt.delete(message));
    return passed.map(({ id }) => ({ id, why: "the daemon died before it was written" }));
  }

  /** Stores refusals that a former daemon has not stored. */
  #kept(refusals: readonly Refusal[]): Refusal[] {
    if (refusals.length === 0) return [];
    const added = refusals.filter(({ id }) => !this.#refused.has(id));
    for (const refusal of added) {
      this.#refused.add(refusal.id);
      this.#memory.add({ did: "refuse", ...refusal });
    }
    return added;
  }

  #find(id: string): Message | null {
    if (!this.#ids.has(id)) return null;
    const here = [...this.#awaiting, ...this.#queue].find((message) => message.id === id);
    if (here !== undefined) return here;
    const records = this.#memory.records();
    const next = sentAgainAs(records, id);
    return next === null ? formerMessage(records, id) : this.#find(next);
  }
}
