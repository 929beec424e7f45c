import type { WireError } from "./wire-error.ts";

/** What a starting daemon tells its starter, as one JSON line on an inherited descriptor. */
export type StartReport =
  | {
      readonly ready: true;
      readonly pid: number;
      /** What a person should know though it runs. */
      readonly warning?: string;
    }
  | WireError;
