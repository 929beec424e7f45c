import { OvermindError } from "../../base/errors.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { MissionRow } from "../../store/rows.ts";

type Whose = Pick<MissionRow, "name" | "status" | "waiting_for">;

/** A message for a mission that runs no more, or is being ended. */
export const notRunning = ({ name, status }: Whose): OvermindError =>
  new OvermindError("not_running", undefined, {
    hint:
      status === "stopping"
        ? `${name} is being ended.`
        : `${name} has ended (${status}). Start it again: overmind restart ${name}`,
  });

/** To a command an empty message is an empty line; an agent's turn on nothing would only cost. */
export const emptyMessage = (): OvermindError =>
  new OvermindError("invalid_argument", "message: an agent takes no empty one", {
    details: { field: "message", expected: "text that is not only blanks" },
  });

/** A message for a mission that stands still. */
export const isPaused = ({ name }: Whose): OvermindError =>
  new OvermindError("paused", undefined, { hint: `Let it go on: overmind unpause ${name}` });

/** The message was taken, but its answer did not come in time: the hint tells what keeps it back. */
export function tooLate({ name, status, waiting_for }: Whose): OvermindError {
  const isAsking = status === "waiting" && waiting_for === "answer";
  const hint = isAsking
    ? `${name} has the message, and asks something first: overmind inbox`
    : status === "waiting"
      ? `${name} has the message, and waits for a ${waiting_for ?? "person"}: overmind why ${name}`
      : `${name} is still at it; what it says: overmind logs -f ${name}`;
  return new OvermindError("timeout", undefined, { hint });
}

/** To what is no session, of which there is nothing to interrupt. */
export function noTurns({ id, name, status, spec }: MissionRow): OvermindError {
  const { type } = spec as MissionSpec;
  const hasProcess = type === "task" || type === "service";
  const instead = hasProcess
    ? `send it a signal: overmind signal ${name} INT, or end it: overmind stop ${name}`
    : `end it: overmind stop ${name}`;
  const then = isFinal(status)
    ? `It has ended; what it printed: overmind logs ${name}`
    : `To have it stop what it does, ${instead}`;
  const hint = `${name} is a ${type}, which has no turns to interrupt; what has is started with run --type session. ${then}`;
  return new OvermindError("not_session", undefined, { details: { id }, hint });
}
