import { OvermindError } from "../../base/errors.ts";
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
