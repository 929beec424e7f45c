import { type Deferred, deferred } from "../base/deferred.ts";
import type { ResultEvent } from "../providers/normalised-event.ts";
import type { TalkRecord } from "./talk-file.ts";

/** A message to the agent; each promise is settled once, and may stay open when the agent ends. */
export interface Message {
  readonly id: string;
  readonly text: string;
  /** Whether the agent confirms to have it (false: it refused). */
  readonly delivered: Deferred<boolean>;
  /** Its turn's end; rejects with `exited` when the agent ends before. */
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

/** Messages that were taken, or met a limit, and were not written since; those that met a limit first. */
export function unsent(records: readonly TalkRecord[]): Message[] {
  const sent = new Set(records.flatMap((record) => (record.did === "send" ? [record.id] : [])));
  const again = records.flatMap((record) => (record.did === "turn" && record.again ? [record.again] : []));
  return [
    ...again.map(({ id, text, tries }) => ({ ...newMessage(id, text), tries })),
    ...records.flatMap((record) => (record.did === "queue" ? [newMessage(record.id, record.text)] : [])),
  ].filter(({ id }) => !sent.has(id));
}
