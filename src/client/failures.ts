import { OvermindError } from "../base/errors.ts";

/** Errors of the client itself, which never cross the wire. `details.why` tells them apart. */
type Why = "not_running" | "lost" | "silent";

export function notRunning(cause?: unknown): OvermindError {
  return unreachable("not_running", "Daemon not running. Start with: overmind start", undefined, cause);
}

/** The connection broke while something was asked: whether it was done is not known. */
export function connectionLost(cause?: unknown): OvermindError {
  return unreachable("lost", "the daemon went away before it answered", "Look whether it was done, with: overmind ps", cause);
}

export function silentDaemon(socket: string, ms: number): OvermindError {
  return unreachable(
    "silent",
    `the daemon on ${socket} accepts connections but has not answered for ${ms / 1000} s`,
    "It may be suspended: see its state with ps, continue it with kill -CONT, or end it with kill -KILL; agents survive that.",
  );
}

export function foreignServer(socket: string, says: string, cause?: unknown): OvermindError {
  return new OvermindError("home_unusable", `another program answers on ${socket}: ${says}`, {
    cause,
    details: { path: socket },
    hint: "Choose another OVERMIND_HOME, or end that program.",
  });
}

export const isNotRunning = (error: unknown): boolean => whyOf(error) === "not_running";
export const isConnectionLost = (error: unknown): boolean => whyOf(error) === "lost";
/** The daemon said good-bye, on purpose. */
export const isShuttingDown = (error: unknown): boolean => error instanceof OvermindError && error.code === "shutting_down";

function unreachable(why: Why, message: string, hint?: string, cause?: unknown): OvermindError {
  return new OvermindError("unreachable", message, { cause, details: { why }, ...(hint === undefined ? {} : { hint }) });
}

function whyOf(error: unknown): unknown {
  return error instanceof OvermindError && error.code === "unreachable" ? error.details?.["why"] : undefined;
}
