import * as v from "valibot";
import type { CommandLineContext } from "../command-line-context.ts";
import { surroundingMission } from "./surrounding-mission.ts";

/** Who asks, as the event log keeps it: the mission in which this command runs, or `cli`. */
export function requester(context: CommandLineContext): string {
  const mission = surroundingMission(context);
  return mission !== undefined && isName.test(mission) ? mission : "cli";
}

const isName = /^[A-Za-z0-9_.-]{1,63}$/;

/** On the wire; a client that does not say is `client`. */
export const requesterField = v.optional(
  v.pipe(v.string("must be text"), v.regex(isName, "takes letters, digits and _.-")),
  "client",
);
