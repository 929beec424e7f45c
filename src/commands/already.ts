import * as v from "valibot";
import { isFinal, type Status } from "../protocol/mission.ts";
import type { DaemonContext } from "../supervisor/daemon-context.ts";

/** What a command that changes a mission answers who asked with `told`, where nothing was left to change. */
export interface Already {
  /** The status that the mission had. */
  readonly already: Status;
}

/** Asks for `Already`: who does not is answered as ever. */
export const toldField = v.optional(v.boolean("must be true or false"), false);

/**
 * The status of a mission of which nothing is left to end; null where it lives, or with `cascade` anything
 * below it.
 *
 * @throws OvermindError not_found
 */
export function endedAlready(daemon: DaemonContext, reference: string, cascade: boolean): Status | null {
  const { status, children } = daemon.find(reference);
  return isFinal(status) && !(cascade && children.some((id) => isAnyLive(daemon, id))) ? status : null;
}

/** The answer of a command whose answer is `true` otherwise. */
export const answerOf = (already: Status | null, told: boolean): Already | true =>
  told && already !== null ? { already } : true;

/** What is told in an answer; null from a daemon that changed something, or is too old to tell. */
export function alreadyIn(answer: unknown): Status | null {
  return typeof answer === "object" && answer !== null && "already" in answer ? (answer as Already).already : null;
}

function isAnyLive(daemon: DaemonContext, id: string): boolean {
  const { status, children } = daemon.find(id);
  return !isFinal(status) || children.some((child) => isAnyLive(daemon, child));
}
