import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { type HomePaths, missionPaths } from "../../base/paths.ts";
import type { StepHistory } from "../../events/domain-event.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import type { ResultEvent } from "../../providers/normalised-event.ts";
import type { MissionRow } from "../../store/rows.ts";
import { firstMessage, messageFate } from "../talk/message-fate.ts";
import { TalkFile, type TalkRecord } from "../talk/talk-file.ts";
import type { Children } from "./children.ts";
import { tailOf } from "./results.ts";

/** How far a session is with what its pipeline asked last. */
export type SessionState =
  | { readonly is: "busy" }
  | { readonly is: "answered"; readonly text: string }
  | { readonly is: "failed"; readonly why: string };

/** Bytes of a failed check's output that its agent is shown. */
const shownBytes = 16_384;
/** Characters of an agent's error in the pipeline's log. */
const shownOfError = 300;

/**
 * The pipeline's side of its talks with sessions: the prompt, then each failed check. Which message
 * is meant follows from what was decided, and whether it was sent from what was said: so that a new
 * daemon sends what is missing and nothing twice.
 */
export class SessionTalk {
  readonly #children: Children;
  readonly #home: HomePaths;

  constructor(children: Children, home: HomePaths) {
    this.#children = children;
    this.#home = home;
  }

  state(mission: string, { returned }: StepHistory): SessionState {
    const records = this.#records(mission);
    const check = returned?.at(-1);
    const message = check === undefined ? firstMessage(records) : messageOf(check);
    const fate = message === undefined ? { is: "unsent" as const } : messageFate(records, message);
    switch (fate.is) {
      case "unsent":
      case "under way":
        return { is: "busy" };
      case "lost":
        return { is: "failed", why: "its agent ended before it had answered" };
      case "refused":
        return { is: "failed", why: `it refused the message: ${fate.why}` };
      case "answered": {
        const { is_error, text, error_text, outcome } = fate.result;
        return is_error ? { is: "failed", why: `its turn ended ${outcome}: ${error_text ?? text}` } : { is: "answered", text };
      }
    }
  }

  /** Sends the check that was given back last, if nobody has. */
  sendBack(mission: string, { returned }: StepHistory): void {
    const check = returned?.at(-1);
    const agent = this.#children.live(mission)?.agent;
    if (check === undefined || agent == null) return;
    const message = messageOf(check);
    if (messageFate(this.#records(mission), message).is === "unsent") agent.send(message, this.#complaint(check));
  }

  /** What a task's agent answered in the end; null: nothing. */
  lastAnswer(mission: string): string | null {
    return this.#lastTurn(mission)?.text ?? null;
  }

  /** Why a mission failed, where its exit code alone does not say it. */
  whyFailed({ id, reason }: MissionRow): string | undefined {
    const turn = this.#lastTurn(id);
    const said = turn?.is_error === true ? oneLine(turn.error_text ?? turn.text) : "";
    const words = [reason === "failed" ? "" : reason, said].filter(Boolean);
    return words.length === 0 ? undefined : words.join(": ");
  }

  #lastTurn(mission: string): ResultEvent | null {
    const turn = this.#records(mission).findLast((record) => record.did === "turn");
    return turn?.did === "turn" ? turn.result : null;
  }

  #records(mission: string): readonly TalkRecord[] {
    return new TalkFile(missionPaths(this.#home, mission).directory).records();
  }

  #complaint(check: string): string {
    const row = this.#children.find(check);
    const code = row?.exit_code == null ? "" : ` with exit code ${row.exit_code}`;
    const what = row === undefined ? "A check" : `The check \`${(row.spec as MissionSpec).command}\``;
    return `${what} failed${code}. Put right what is wrong: it will be run again.\n\n${this.#outputOf(row)}`;
  }

  #outputOf(row: MissionRow | undefined): string {
    const path = row && missionPaths(this.#home, row.id).attempt(row.attempt).output;
    const size = path === undefined ? 0 : (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
    if (path === undefined || size === 0) return "It printed nothing.";
    const text = tailOf(path, shownBytes).toString();
    // The first line of what is left is torn.
    if (size <= shownBytes) return `It printed:\n${text}`;
    return `It printed, in the end:\n${text.slice(text.indexOf("\n") + 1)}`;
  }
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim().slice(0, shownOfError);

/** The id of the message that a failed check becomes, always the same. Agents take UUIDs only. */
export function messageOf(check: string): string {
  const hex = createHash("sha256").update(`failed check ${check}`).digest("hex");
  // Version 8: made as one likes.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
