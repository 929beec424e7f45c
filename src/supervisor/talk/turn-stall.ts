import type { StallFindings } from "../../events/domain-event.ts";
import type { OnStall } from "../../mission/spec.ts";

/** What of an agent counts as a sign of life; see `TurnActivity`. */
export interface WatchedActivity {
  readonly isOnlyRetrying: boolean;
  onActivity(listener: () => void): () => void;
}

/** A session as whoever watches over its silence sees it. */
export interface WatchedTurns {
  /** A turn runs, or a message waits to become one, and nobody is waited for. */
  readonly isWorking: boolean;
  /** Turns of the attempt that have ended. */
  readonly turns: number;
  /** Ends the silent turn by protocol, and tells; false where that cannot be done. */
  interruptSilence(silentMs: number, evidence: StallFindings): boolean;
}

export interface Silence {
  readonly silentMs: number;
  readonly evidence: StallFindings;
}

/**
 * What a session's silence means: nothing between turns; within a turn first an interrupt, and when
 * it lasts for another limit, what the policy says. Who asked to be told only is told only.
 */
export class TurnStall {
  readonly #turns: WatchedTurns;
  readonly #onStall: OnStall;
  /** The turn that was interrupted, counted as those that had ended before it. */
  #interrupted: number | null = null;

  constructor(turns: WatchedTurns, onStall: OnStall) {
    this.#turns = turns;
    this.#onStall = onStall;
  }

  /** @returns `again`: silence is to be counted anew; `tell`: whoever decides is to be told */
  decide({ silentMs, evidence }: Silence): "ignore" | "again" | "tell" {
    if (!this.#turns.isWorking) return "ignore";
    const turn = this.#turns.turns;
    if (this.#onStall === "notify" || this.#interrupted === turn) return "tell";
    this.#interrupted = turn;
    return this.#turns.interruptSilence(silentMs, evidence) ? "again" : "tell";
  }
}
