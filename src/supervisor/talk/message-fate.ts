import type { ResultEvent } from "../../providers/normalised-event.ts";
import type { TalkRecord } from "./talk-file.ts";

/** What became of one message to an agent. */
export type MessageFate =
  /** Nobody has sent it. */
  | { readonly is: "unsent" }
  | { readonly is: "under way" }
  | { readonly is: "answered"; readonly result: ResultEvent }
  | { readonly is: "refused"; readonly why: string }
  /** The attempt that had it ended before its answer, and another one has begun, which knows nothing of it. */
  | { readonly is: "lost" };

/** The id of the first message to an agent, which is its prompt where it has one. */
export const firstMessage = (records: readonly TalkRecord[]): string | undefined =>
  records.find((record) => record.did === "send")?.id;

/** What became of a message, as what was done in the talk tells; one that met a limit goes on under another id. */
export function messageFate(records: readonly TalkRecord[], id: string): MessageFate {
  const turn = records.findLast((record) => record.did === "turn" && record.message === id);
  if (turn?.did === "turn") {
    return turn.again === undefined ? { is: "answered", result: turn.result } : afterLimit(records, turn.again.id);
  }
  const refused = records.find((record) => record.did === "refuse" && record.id === id);
  if (refused?.did === "refuse") return { is: "refused", why: refused.why };
  const sent = records.findLast((record) => (record.did === "send" || record.did === "take_back") && record.id === id);
  if (sent?.did === "take_back") return { is: "under way" };
  if (sent?.did === "send") {
    const isOver = records.some((record) => record.did === "begin" && record.attempt > sent.attempt);
    return { is: isOver ? "lost" : "under way" };
  }
  return { is: records.some((record) => record.did === "queue" && record.id === id) ? "under way" : "unsent" };
}

function afterLimit(records: readonly TalkRecord[], id: string): MessageFate {
  const fate = messageFate(records, id);
  return fate.is === "unsent" ? { is: "under way" } : fate;
}
