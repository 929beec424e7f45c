import type { Clock } from "../../base/clock.ts";
import type { QueueFact, QueueWait } from "../../mission/machine-types.ts";
import type { QueueSpec } from "../../mission/spec.ts";
import type { Dependency, Pool } from "./queue-rule.ts";

/** A mission as the queue knows it. */
export interface QueueMember {
  readonly id: string;
  readonly queue: QueueSpec;
  /** Epoch ms. */
  readonly createdAt: number;
  /** How long ago it was made, in ms. */
  ageMs(): number;
  /** The attempt that waits. One after the first waits for nothing but a slot: somebody asked for it. */
  readonly attempt: number;
  /** What is on record of why it waits. */
  readonly waitingFor: string | null;
  /** False once it left the queue by itself, as by a stop. */
  isQueued(): boolean;
  tell(fact: QueueFact): void;
}

export interface QueueParts {
  readonly clock: Clock;
  readonly pool: (name: string) => Pool | undefined;
  readonly dependency: (id: string) => Dependency;
  /** Stores what `work` tells in one transaction. */
  readonly gather: (work: () => void) => void;
  /** Runs it soon, when what happens now is over. */
  readonly soon: (run: () => void) => void;
}

/** What a mission waits for, and until when (epoch ms) where that is known. */
export interface QueueWaiting {
  readonly waitingFor: QueueWait;
  readonly until: number | null;
  readonly note: string;
}
