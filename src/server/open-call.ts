import { OvermindError } from "../base/errors.ts";
import { type Call, noReply } from "../commands/command.ts";
import { encodeEvent } from "../protocol/frames.ts";
import type { Request, RequestId } from "../protocol/messages.ts";

/** Why a call was ended before its time. */
export type EndOfCall = "cancelled" | "gone" | "shutting_down";

/** How a call is to be answered; `silent`: with nothing, the stream of an id-less request is its own answer. */
export type Answer = { readonly ok: unknown } | { readonly error: unknown } | "silent";

/** The way back to the client: a line, and the wait until there is room for the next. */
export interface WayBack {
  send(line: string): void;
  room(): Promise<void>;
}

/** One request being answered: its way back to the client, and the end of it. */
export class OpenCall implements Call {
  readonly keepsConnection: boolean;
  readonly id: RequestId | undefined;
  readonly #wayBack: WayBack;
  readonly #isFollowing: boolean;
  readonly #abort = new AbortController();
  #endedBy: EndOfCall | undefined;
  #hasEmitted = false;
  #beside: Readonly<Record<string, unknown>> = {};

  constructor({ id, args }: Request, wayBack: WayBack) {
    this.id = id;
    this.keepsConnection = id !== undefined;
    this.#isFollowing = args["follow"] === true;
    this.#wayBack = wayBack;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async emit(event: unknown): Promise<void> {
    this.signal.throwIfAborted();
    this.#hasEmitted = true;
    this.#wayBack.send(encodeEvent(event, this.id));
    await this.#wayBack.room();
    this.signal.throwIfAborted();
  }

  tellBeside(facts: Readonly<Record<string, unknown>>): void {
    this.#beside = { ...this.#beside, ...facts };
  }

  /** What is told beside `ok`. */
  get beside(): Readonly<Record<string, unknown>> {
    return this.#beside;
  }

  end(by: EndOfCall): void {
    if (this.#endedBy !== undefined) return;
    this.#endedBy = by;
    this.#abort.abort(endings[by]());
  }

  /**
   * What the client is told when the command returned. A cancelled stream ends well; one that the
   * daemon's shutdown cut short must not look complete.
   */
  answerTo(value: unknown): Answer {
    const isStream = this.#hasEmitted || this.#isFollowing || value === noReply;
    if (isStream && this.#endedBy === "shutting_down") return { error: this.signal.reason };
    if ((this.#hasEmitted || value === noReply) && !this.keepsConnection) return "silent";
    return { ok: value === noReply ? true : value };
  }

  /** What the client is told when the command threw; a cancelled wait is answered `cancelled`. */
  answerToThrown(thrown: unknown): Answer {
    if (this.#endedBy === undefined) return { error: thrown };
    if (this.#endedBy === "cancelled" && this.#hasEmitted) return { ok: true };
    return { error: this.signal.reason };
  }
}

const endings: Record<EndOfCall, () => OvermindError> = {
  cancelled: () => new OvermindError("cancelled", "the client cancelled the request"),
  gone: () => new OvermindError("cancelled", "the client went away"),
  shutting_down: () => new OvermindError("shutting_down", "the daemon is shutting down"),
};
