import { type Deferred, deferred } from "../../base/deferred.ts";
import { OvermindError } from "../../base/errors.ts";
import type { ResultEvent } from "../../providers/normalised-event.ts";
import type { TalkRecord } from "./talk-file.ts";

/** A message to the agent; each promise is settled once, and may stay open when the agent ends. */
export interface Message {
  readonly id: string;
  readonly text: string;
  /** Whether the agent confirms to have it (false: it refused). */
  readonly delivered: Deferred<boolean>;
  /** Its turn's end; rejects with `exited` when the agent ends before, `invalid_argument` when it refused. */
  readonly answered: Deferred<ResultEvent>;
  /** How often it met a limit and was sent again. */
  readonly tries?: number;
}

/** Before its turn has ended. */
export function newMessage(id: string, text: string): Message {
  const answered = deferred<ResultEvent>();
  // Not everybody waits for the answer.
  answered.promise.catch(() => undefined);
  return { id, text, delivered: deferred<boolean>(), answered };
}

/** The agent will not take it. */
export function refuse({ delivered, answered }: Message): void {
  delivered.resolve(false);
  answered.reject(new OvermindError("invalid_argument", "the agent refused the message"));
}

/** Messages that were taken, or met a limit, and were not written since; those that met a limit first. */
export function unsent(records: readonly TalkRecord[]): Message[] {
  const again = new Map<string, Message>();
  const waiting = new Map<string, Message>();
  for (const record of records) {
    if (record.did === "turn" && record.again !== undefined) {
      const { id, text, tries } = record.again;
      again.set(id, { ...newMessage(id, text), tries });
    }
    if (record.did === "queue" || record.did === "take_back") waiting.set(record.id, newMessage(record.id, record.text));
    if (record.did !== "send") continue;
    waiting.delete(record.id);
    again.delete(record.id);
  }
  return [...again.values(), ...waiting.values()];
}

/** Under which id a message was sent again after it met a limit; null: it was not. */
export function sentAgainAs(records: readonly TalkRecord[], id: string): string | null {
  const turn = records.find((record) => record.did === "turn" && record.message === id && record.again !== undefined);
  return turn?.did === "turn" ? (turn.again?.id ?? null) : null;
}

/** A message that is over: its turn ended, or the agent did before it answered. */
export function formerMessage(records: readonly TalkRecord[], id: string): Message | null {
  const next = sentAgainAs(records, id);
  if (next !== null) return formerMessage(records, next);
  const sent = records.find((record) => record.did === "send" && record.id === id);
  if (sent?.did !== "send") return null;
  const message = newMessage(id, sent.text);
  const turn = records.find((record) => record.did === "turn" && record.message === id);
  const isRefused = records.some((record) => record.did === "refuse" && record.id === id);
  if (turn?.did === "turn") {
    message.delivered.resolve(true);
    message.answered.resolve(turn.result);
  } else if (isRefused) {
    refuse(message);
  } else {
    message.answered.reject(new OvermindError("exited"));
  }
  return message;
}
