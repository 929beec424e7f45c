import type { Clock } from "../base/clock.ts";
import type { AttemptPaths } from "../base/paths.ts";
import type { Attempt } from "./attempt.ts";
import type { AttemptFact, AttemptListener } from "./attempt-fact.ts";
import type { AttemptGroup } from "./attempt-group.ts";
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
  /** Null where the kernel does not keep its processes together. */
  readonly group: AttemptGroup | null;
  readonly terminal: Terminal | null;
}
