/** What who takes a conversation over is told. */
export type TakeOverEvent =
  /** The agent has ended; this is to be opened. Told again to who comes back. */
  | {
      readonly type: "ready";
      readonly argv: readonly string[];
      readonly cwd: string;
      readonly session_id: string;
      /** `NAME=value` entries, base64. */
      readonly environment: readonly string[];
    }
  /** Somebody ends the take-over from outside. */
  | { readonly type: "leave" };
