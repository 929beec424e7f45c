/** Every code that may cross the wire, with what it means. Clients match on these, never on prose. */
export const errorCodes = {
  // For these the text equals the code: shell clients match on it.
  not_found: "no mission has that id or name",
  not_running: "the mission has no running process",
  not_session: "the mission is no session",
  not_finished: "the mission has not ended yet",
  paused: "the mission is paused",
  timeout: "the time given to a wait has passed",
  exited: "the agent ended before it answered",
  parent_not_found: "no mission has the id or name given as parent",
  empty_command: "there is nothing to run",
  invalid_type: "unknown mission type",
  invalid_restart_policy: "unknown restart policy",
  name_taken: "a live mission holds that name",
  // For these the text explains.
  unknown_command: "there is no such command",
  invalid_request: "the frame is no request",
  invalid_json: "the frame is not UTF-8 JSON",
  frame_too_large: "a request frame exceeds the limit",
  invalid_argument: "an argument has a wrong shape",
  already_running: "another daemon holds this home",
  cwd_not_found: "the working directory does not exist",
  program_not_found: "the agent's program is not installed",
  blueprint_invalid: "the blueprint does not hold",
  still_live: "the mission has not ended yet, so it cannot be removed, or changed",
  slow_reader: "the client does not read its replies",
  cancelled: "the client took the request back",
  shutting_down: "the daemon is shutting down",
  disk_full: "the home's file system is full",
  unreachable: "the daemon cannot be reached",
  home_unusable: "the home cannot be used",
  internal: "Overmind itself failed",
} as const;

export type ErrorCode = keyof typeof errorCodes;

const textEqualsCode: ReadonlySet<ErrorCode> = new Set([
  "not_found",
  "not_running",
  "not_session",
  "not_finished",
  "paused",
  "timeout",
  "exited",
  "parent_not_found",
  "empty_command",
  "invalid_type",
  "invalid_restart_policy",
  "name_taken",
]);

export interface ErrorFacts {
  /** Facts for programs; they cross the wire. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What the person can do next; one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error of Overmind. Made where the fact is known, rendered once where it is shown.
 *
 * @param code stable code from `errorCodes`
 * @param message one line for a person; where the text equals the code (SPEC 6) it goes under `details.message`,
 *   and stands for the code's own meaning where that does not fit
 */
export class OvermindError extends Error {
  override readonly name = "OvermindError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message?: string, facts: ErrorFacts = {}) {
    super(message === undefined || textEqualsCode.has(code) ? code : message, { cause: facts.cause });
    this.code = code;
    // What came over the wire bears its text in the details already.
    const isTold = textEqualsCode.has(code) && message !== undefined && message !== "" && message !== code;
    this.details = isTold ? { ...facts.details, message } : facts.details;
    this.hint = facts.hint;
  }
}

/** Any thrown value as an `OvermindError`; a full disk is told apart, the rest becomes `internal`. */
export function asOvermindError(thrown: unknown): OvermindError {
  if (thrown instanceof OvermindError) return thrown;
  const { code, message } = thrown instanceof Error ? (thrown as NodeJS.ErrnoException) : { code: "", message: String(thrown) };
  // SQLite says the last where it cannot grow its index of the write-ahead log: a daemon that starts on a full disk.
  if (["ENOSPC", "EDQUOT", "SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"].includes(code ?? "")) {
    return new OvermindError("disk_full", "no space left on the disk that holds the Overmind home", {
      cause: thrown,
      hint: "Free some space, or remove finished missions: overmind rm, overmind prune",
    });
  }
  if (code === "EMFILE" || code === "ENFILE") {
    return new OvermindError("internal", `too many open files: ${message}`, {
      cause: thrown,
      hint: "Raise the limit of descriptors (ulimit -n), then start the daemon anew; agents go on meanwhile.",
    });
  }
  return new OvermindError("internal", message, { cause: thrown });
}
