import type { PendingView } from "./mission.ts";

/** One thing that waits for a person. */
export interface InboxItem extends Omit<PendingView, "request_id" | "kind" | "asked_at"> {
  readonly id: string;
  readonly name: string;
  readonly waiting_for: "answer" | "budget";
  /** Null: there is nothing to answer, but something to do. */
  readonly request_id: string | null;
  readonly kind: "permission" | "question" | "budget";
  readonly asked_at: string | null;
  /** How a person settles it: a command line. */
  readonly hint: string;
}

/** What `inbox` with `follow` streams. */
export type InboxChange =
  | ({ readonly event: "asked" } & InboxItem)
  /** It was answered, or is asked no more. */
  | { readonly event: "gone"; readonly id: string; readonly name: string; readonly request_id: string | null };

/** What `answer` answers. */
export interface AnswerResult {
  readonly id: string;
  readonly name: string;
  readonly request_id: string;
  readonly tool: string;
  readonly decision: "allow" | "deny";
  /** `unconfirmed`: the agent does not read its input now; it finds the answer there when it does. */
  readonly delivery: "written" | "unconfirmed";
}

const shortest = 8;

/** The shortest beginning, of eight characters or more, by which a request is told from the others of its mission. */
export function shortRequest(id: string, all: readonly string[]): string {
  for (let length = shortest; length < id.length; length += 1) {
    const start = id.slice(0, length);
    if (all.every((other) => other === id || !other.startsWith(start))) return start;
  }
  return id;
}
