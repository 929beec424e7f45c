import type { Reason } from "../protocol/mission.ts";

export type Kind =
  | "task"
  | "crasher"
  | "leaver"
  | "parent"
  | "child"
  | "pooled"
  | "session"
  | "pipeline"
  | "late"
  | "endless"
  | "next";

/** What one mission of the load has to come to, unless a fault hit it. */
export interface Expectation {
  readonly name: string;
  readonly kind: Kind;
  /** Null while the answer of `run` has not come; with the daemon killed under it, it may never. */
  id: string | null;
  /** Lines that each attempt prints, 1, 2, 3 …; null: until it is ended. */
  readonly lines: number | null;
  /** Null: it does not end by itself. */
  readonly exitCode: number | null;
  /** Of one that does not end by itself: why it ends. */
  readonly reason: Reason | null;
  /** How often it starts; null: as often as it likes. */
  readonly attempts: number | null;
  /** Id of the mission that has to end before it starts. */
  readonly after: string | null;
  /** Another one waits for its end. */
  isAwaited: boolean;
  /** A fault hit its own processes, so that its end is no longer foretold. */
  isHurt: boolean;
  /** When the answer to a stop came, in seconds of the machine's monotonic clock; null: not asked, or no answer came. */
  stoppedAt: number | null;
  /** Whether it was forgotten again; `unsure`: that was asked for, and no answer came. */
  removal: "no" | "unsure" | "yes";
  /** Messages that were confirmed to be with the session, and those of which nobody knows. */
  readonly sent: string[];
  readonly unsure: string[];
}

export const expect = (name: string, kind: Kind, facts: Partial<Expectation> = {}): Expectation => ({
  name,
  kind,
  id: null,
  lines: 0,
  exitCode: 0,
  reason: null,
  attempts: 1,
  after: null,
  isAwaited: false,
  isHurt: false,
  stoppedAt: null,
  removal: "no",
  sent: [],
  unsure: [],
  ...facts,
});
