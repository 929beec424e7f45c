import type { AgentFact, QueueFact, Waiting } from "../mission/machine-types.ts";
import type { MissionRow } from "../store/rows.ts";

/** A live mission that may be kept waiting: in the queue before its attempt begins, afterwards with its process. */
export interface WaitingMission {
  readonly row: MissionRow;
  tell(fact: AgentFact): void;
  decide(fact: QueueFact): void;
}

/** From now on it waits for this, or until then. */
export function keepWaiting(mission: WaitingMission, waiting: Waiting & { readonly waitingFor: "limit" | "budget" }): void {
  if (mission.row.status === "queued") mission.decide({ type: "queue.moved", ...waiting });
  else mission.tell({ type: "agent.waits", ...waiting });
}

/** It waits no longer; `by` is who let it go on. */
export function goOn(mission: WaitingMission, by: string): void {
  if (mission.row.status === "queued") mission.decide({ type: "queue.released" });
  else mission.tell({ type: "agent.goes_on", by });
}
