import { OvermindError } from "../../base/errors.ts";
import type { LiveMission } from "../live-mission.ts";
import type { SendOptions } from "./talks.ts";

/**
 * Types a message and Enter on a mission's terminal. Whether the program read it nobody can tell.
 *
 * @throws OvermindError not_running; invalid_argument where the answer is waited for, which no terminal marks
 */
export async function typeMessage(mission: LiveMission, text: string, { wait }: SendOptions): Promise<"unconfirmed"> {
  if (wait) {
    throw new OvermindError("invalid_argument", "wait: what a terminal shows has no end that could be waited for", {
      details: { field: "wait" },
      hint: `Send without --wait, then look: overmind screen ${mission.name}`,
    });
  }
  const terminal = mission.attempt?.terminal;
  if (terminal == null || mission.attempt?.agent == null) throw new OvermindError("not_running");
  await terminal.type(text);
  return "unconfirmed";
}
