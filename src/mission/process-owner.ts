import type { Attempt, AttemptListener } from "../runner/attempt.ts";
import type { NotAdopted } from "../runner/runner.ts";
import type { ProcessInput, WatchFact } from "./machine-types.ts";

/** What a mission's process actor needs of the world: one mission's view of the runner. */
export interface ProcessOwner {
  /** Stores that this attempt is going to start. Throws when it cannot be stored: then nothing starts. */
  intend(input: ProcessInput): void;
  start(input: ProcessInput, listener: AttemptListener): Attempt;
  adopt(input: ProcessInput, listener: AttemptListener): Attempt | NotAdopted;
  /** Tells who else wants to know that the attempt is there, or (null) gone. */
  holds(attempt: Attempt | null): void;
  /** How long an attempt ran that ended while nobody watched; null for one that was watched. */
  ranUnseen(endedAt: number): number | null;
  /** Stops the whole tree where it stands, or lets it go on. */
  setStopped(isStopped: boolean): void;
  /** Watches over a running attempt: silence, memory. Answers what ends the watch. */
  watch(tell: (fact: WatchFact) => void): () => void;
  /** Names of programs that only a kill ends. */
  readonly keepNames: readonly string[];
}
