import type { Clock } from "../base/clock.ts";
import type { AttemptPaths } from "../base/paths.ts";
import type { Attempt, AttemptFact, AttemptListener } from "./attempt.ts";
import type { ProcessWorld } from "./process-world.ts";
import type { Terminal } from "./terminal.ts";

/** What an attempt needs of the runner that owns it. */
export interface AttemptOwner {
  readonly home: string;
  readonly clock: Clock;
  readonly processes: ProcessWorld;
  readonly keepNames: readonly string[];
  /** Nothing more will be told of this attempt. */
  forget(attempt: Attempt): void;
  tell(listener: AttemptListener, fact: AttemptFact): void;
}

export interface AttemptKey {
  readonly mission: string;
  readonly attempt: number;
  readonly paths: AttemptPaths;
  readonly terminal: Terminal | null;
}
