import type { PendingView } from "../../protocol/mission.ts";
import type { TalkRecord } from "../talk/talk-file.ts";
import type { Answered } from "./request-choice.ts";

/** What a former daemon announced and answered in an attempt; a request is told by its id and the offset of its line. */
export class FormerAnswers {
  readonly #records: readonly TalkRecord[];

  constructor(records: readonly TalkRecord[]) {
    this.#records = records;
  }

  /** All of them, oldest first, also those in doubt. */
  answers(): Answered[] {
    return this.#records.flatMap((record) => (record.did === "answer" ? [record] : []));
  }

  /** Whether the agent has an answer for certain. */
  isAnswered(request: string, at: number): boolean {
    return this.#records.some((record) => record.did === "answered" && record.request === request && record.at === at);
  }

  /** Epoch ms; null: it was not. */
  announcedAt(request: string, at: number): number | null {
    const found = this.#records.find((record) => record.did === "ask" && record.request === request && record.at === at);
    return found?.did === "ask" ? found.time : null;
  }

  /** An answer of which nobody knows whether it was written: the daemon died meanwhile. */
  inDoubt(request: string, at: number): PendingView["in_doubt"] {
    if (this.isAnswered(request, at)) return null;
    const found = this.#records.findLast((record) => record.did === "answer" && record.request === request && record.at === at);
    return found?.did === "answer" ? { decision: found.decision, by: found.by } : null;
  }
}
