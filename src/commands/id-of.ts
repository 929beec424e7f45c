import type { MissionView } from "../protocol/mission.ts";
import type { Requester } from "./command-line-context.ts";

/**
 * The id of a mission that was named on the command line, for an answer as JSON: a name may be another's
 * tomorrow. What was typed, where the mission is gone by now.
 */
export async function idOf(client: Requester, reference = ""): Promise<string> {
  const seen = client.request<MissionView>("info", { id: reference }, { resend: true });
  return seen.then(
    ({ id }) => id,
    () => reference,
  );
}
