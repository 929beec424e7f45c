import type { ClientRequest, IncomingMessage } from "node:http";
import type { Clock, Timer } from "../../base/clock.ts";
import type { MissionRow } from "../../store/rows.ts";

const firstGapMs = 50;
const longestGapMs = 1000;
/** A server that takes a request and says nothing is asked anew. */
const longestAnswerMs = 5000;

export interface HttpWatchParts {
  readonly url: URL;
  readonly clock: Clock;
  /** The mission as it stands now. */
  readonly row: () => MissionRow;
  /** Told once it has answered. */
  readonly tell: () => void;
}

/**
 * Asks a URL again and again until it answers with a status of 200 to 299 while the mission's process
 * runs: on a fixed port it may be another one's server that answers. A redirect is no answer.
 */
export class HttpWatch {
  readonly #parts: HttpWatchParts;
  #timer: Timer;
  #request: ClientRequest | null = null;
  #gapMs = firstGapMs;
  #isClosed = false;
  hasAnswered = false;

  constructor(parts: HttpWatchParts) {
    this.#parts = parts;
    this.#timer = parts.clock.after(0, () => void this.#ask());
  }

  close(): void {
    this.#isClosed = true;
    this.#timer.cancel();
    this.#request?.destroy();
  }

  async #ask(): Promise<void> {
    const { status, attempt } = this.#parts.row();
    const isFine = status === "running" && (await this.#isAnswered());
    if (this.#isClosed) return;
    const { row, clock, tell } = this.#parts;
    const now = row();
    if (isFine && now.status === "running" && now.attempt === attempt) {
      this.hasAnswered = true;
      tell();
      return;
    }
    this.#timer = clock.after(this.#gapMs, () => void this.#ask());
    this.#gapMs = Math.min(longestGapMs, this.#gapMs * 1.5);
  }

  async #isAnswered(): Promise<boolean> {
    const { url, clock } = this.#parts;
    // Loaded when it is needed: most daemons never ask anybody.
    const { get } = url.protocol === "https:" ? await import("node:https") : await import("node:http");
    if (this.#isClosed) return false;
    return new Promise((resolve) => {
      const answered = ({ statusCode = 0 }: IncomingMessage) => {
        resolve(statusCode >= 200 && statusCode < 300);
        request.destroy();
      };
      // A connection of its own: one that is kept would hold up a server that waits for its clients to go.
      const request = get(url, { agent: false }, answered);
      this.#request = request;
      const bound = clock.after(longestAnswerMs, () => request.destroy());
      request.on("error", () => undefined);
      request.on("close", () => {
        bound.cancel();
        resolve(false);
      });
    });
  }
}
