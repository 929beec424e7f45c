import { asOvermindError } from "../base/errors.ts";
import type { ProcessFact } from "./machine-types.ts";

/** What an attempt's machine is told when the attempt could not even be begun. */
export function failedStart(thrown: unknown): ProcessFact {
  const { code, message } = asOvermindError(thrown);
  return {
    type: "process.ended",
    kind: "spawn_error",
    exitCode: 126,
    signal: null,
    endedAt: null,
    isClean: true,
    ranMs: 0,
    note: `${message} (${code})`,
  };
}
