import type { MissionEvent } from "../../events/domain-event.ts";
import type { ReaderState } from "../../providers/conversation.ts";
import type { Usage } from "../../providers/normalised-event.ts";
import type { Capabilities } from "../../providers/provider.ts";
import { addUsage } from "../../providers/usage.ts";
import { isNothing } from "./running-usage.ts";

/**
 * What an agent used in a turn within which it ended, as far as it told; null: nothing, or its next
 * attempt will tell, whose totals run on.
 *
 * @param before what the mission had used when the attempt began
 */
export function cutTurn({ soFar, usage, turns, model }: ReaderState, before: Usage, { usage: kind }: Capabilities) {
  if (isNothing(soFar) || kind === "running total") return null;
  const total = { ...addUsage(addUsage(before, usage), soFar) };
  const what = { turn: turns + 1, outcome: "interrupted", error: "its agent ended within it", usage: total, spent: soFar, model };
  return { type: "mission.turn_ended", ...what } as const satisfies Omit<
    MissionEvent & { type: "mission.turn_ended" },
    "attempt"
  >;
}
