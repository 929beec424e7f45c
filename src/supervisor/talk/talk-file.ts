import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ResultEvent, Usage } from "../../providers/normalised-event.ts";

/** One thing that was done in a mission's talk with its agent, and cannot be read from the agent's output. */
export type TalkRecord =
  /** An attempt began; `before` is what the mission had used until then. */
  | {
      readonly did: "begin";
      readonly attempt: number;
      readonly before: Usage;
      readonly counters: Usage | null;
      readonly resumes: string | null;
    }
  /** All that goes before the first message was written. */
  | { readonly did: "open"; readonly attempt: number }
  /** The replies to the line at this offset were written. */
  | { readonly did: "reply"; readonly attempt: number; readonly at: number }
  /** Somebody gave a message to be sent. */
  | { readonly did: "queue"; readonly id: string; readonly text: string }
  /** It was written once the output had come to that offset. */
  | {
      readonly did: "send";
      readonly attempt: number;
      readonly id: string;
      readonly at: number;
      /** Epoch ms. */
      readonly time?: number;
      readonly text: string;
    }
  /** The agent's stdin took the message. */
  | { readonly did: "written"; readonly attempt: number; readonly id: string }
  /** What the line at this offset asks was announced. */
  | { readonly did: "ask"; readonly attempt: number; readonly request: string; readonly at: number; readonly time: number }
  /** It was answered; written only if `answered` follows. */
  | {
      readonly did: "answer";
      readonly attempt: number;
      readonly request: string;
      readonly at: number;
      readonly tool: string;
      readonly decision: "allow" | "deny";
      readonly by: string;
    }
  | { readonly did: "answered"; readonly attempt: number; readonly request: string; readonly at: number }
  /** The agent will not take it. */
  | { readonly did: "refuse"; readonly id: string; readonly why: string }
  | {
      readonly did: "turn";
      readonly attempt: number;
      readonly result: ResultEvent;
      readonly counters: Usage | null;
      /** What it used; with model and time of its end (epoch ms) it stands for the turn's row when that is lost. */
      readonly spent?: Usage;
      readonly model?: string | null;
      readonly time?: number;
      /** Id of the message that it answered. */
      readonly message?: string;
      /** The message of a turn that met a limit, under the id with which it is sent again. */
      readonly again?: { readonly id: string; readonly text: string; readonly tries: number };
    }
  /** It was written to an agent that could not take it, and waits again. */
  | { readonly did: "take_back"; readonly id: string; readonly text: string }
  /** The next attempt begins a new conversation, because somebody asked for it or the old one is gone. */
  | { readonly did: "fresh"; readonly isAsked: boolean }
  /** A person holds the conversation, in that process where it is known. */
  | { readonly did: "taken_over"; readonly child: { readonly pid: number; readonly start: string } | null }
  | { readonly did: "given_back" }
  /** Silence ended a turn when the output had come to that offset. */
  | {
      readonly did: "interrupt";
      readonly attempt: number;
      readonly at: number;
      /** Epoch ms. */
      readonly time: number;
      readonly silentMs: number;
    };

export type SendRecord = TalkRecord & { readonly did: "send" };

/** What a talk did, kept beside the mission's output so that a new daemon goes on with it. */
export class TalkFile {
  readonly path: string;
  readonly #onFailure: (error: unknown) => void;

  /** @param onFailure told when a record could not be kept, as on a full disk: the talk goes on */
  constructor(directory: string, onFailure: (error: unknown) => void = () => undefined) {
    this.path = join(directory, "talk");
    this.#onFailure = onFailure;
  }

  add(record: TalkRecord): void {
    try {
      appendFileSync(this.path, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    } catch (error) {
      this.#onFailure(error);
    }
  }

  /** In the order in which they were done; a line that was cut short is left out. */
  records(): TalkRecord[] {
    return this.#lines().flatMap((line) => {
      try {
        const record = JSON.parse(line) as TalkRecord | null;
        return typeof record?.did === "string" ? [asToday(record)] : [];
      } catch {
        return [];
      }
    });
  }

  #lines(): string[] {
    try {
      return readFileSync(this.path, "utf8").split("\n").filter(Boolean);
    } catch {
      // Nothing was done yet.
      return [];
    }
  }
}

/** Former daemons kept the words of a turn's error under `error`. */
function asToday(record: TalkRecord): TalkRecord {
  if (record.did !== "turn" || !("error" in (record.result ?? {}))) return record;
  const { error, ...result } = record.result as ResultEvent & { readonly error: string | null };
  return { ...record, result: { ...result, error_text: error } };
}

/** How the last turn ended; null: none has. */
export function lastResult(directory: string): ResultEvent | null {
  const last = new TalkFile(directory).records().findLast((record) => record.did === "turn");
  return last?.did === "turn" ? last.result : null;
}
