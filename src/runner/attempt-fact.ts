import type { ProcessIdentity } from "./identity.ts";

/** What an attempt tells its one listener, in this order: at most one `started`, then exactly one of the others. */
export type AttemptFact =
  | { readonly type: "started"; readonly shim: ProcessIdentity; readonly agent: ProcessIdentity; readonly isAdopted: boolean }
  /** The agent never ran: 127 no such program, 126 it could not be run, or its directory is gone. */
  | { readonly type: "spawn_error"; readonly code: number; readonly message: string; readonly endedAt: number }
  | {
      readonly type: "exited";
      /** As a shell shows it: 128+n for signal n. */
      readonly code: number;
      readonly signal: string | null;
      /** Epoch ms. */
      readonly endedAt: number;
      /** Nothing is left, so there is nothing to sweep. */
      readonly isClean: boolean;
      /** The kernel ended something of it, because all of it together used more memory than it may. */
      readonly isOutOfMemory?: boolean;
    }
  /** Nobody recorded how it ended. The agent itself may still run: sweep ends it. */
  | { readonly type: "lost" };

export type AttemptListener = (fact: AttemptFact) => void;
