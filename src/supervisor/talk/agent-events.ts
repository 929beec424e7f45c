import { OvermindError } from "../../base/errors.ts";
import { Changes } from "../../output/changes.ts";
import type { LiveMission } from "../live-mission.ts";
import type { PlacedEvent } from "./event-feed.ts";
import type { MissionAgent } from "./mission-agent.ts";

// A reader that is this far behind will not catch up.
const mostWaiting = 50_000;

/**
 * What an agent says from now on, until its mission ends or the signal aborts.
 *
 * @throws OvermindError slow_reader
 */
export async function* agentEvents(mission: LiveMission, agent: MissionAgent, signal: AbortSignal): AsyncGenerator<PlacedEvent> {
  const changes = new Changes();
  let waiting: PlacedEvent[] = [];
  const stops = [
    agent.feed.onEvent((event) => {
      waiting.push(event);
      changes.notify();
    }),
    mission.onChange(() => changes.notify()),
  ];
  try {
    for (;;) {
      const change = changes.next(signal);
      const isOver = mission.isFinal;
      const batch = waiting;
      waiting = [];
      if (batch.length > mostWaiting) throw new OvermindError("slow_reader");
      for (const event of batch) yield event;
      if (isOver || signal.aborted) return;
      await change;
    }
  } finally {
    for (const stop of stops) stop();
  }
}
