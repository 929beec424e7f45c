import type { AgentFact, QueueFact } from "../../mission/machine-types.ts";
import type { LimitedMission } from "../limits/limit-keeper.ts";
import type { BudgetKeeper } from "./budget-keeper.ts";

/** A mission whose limit may be over while its budget is spent: then it waits for that. */
export function sparing(mission: LimitedMission, budgets: BudgetKeeper): LimitedMission {
  const spent = () => {
    const kept = budgets.keptFrom(mission.row);
    return kept === null ? null : ({ waitingFor: "budget", until: null, note: kept.note } as const);
  };
  return {
    id: mission.id,
    spec: mission.spec,
    get row() {
      return mission.row;
    },
    tell(fact: AgentFact) {
      const kept = fact.type === "agent.goes_on" ? spent() : null;
      mission.tell(kept === null ? fact : { type: "agent.waits", ...kept });
    },
    decide(fact: QueueFact) {
      const kept = fact.type === "queue.released" ? spent() : null;
      mission.decide(kept === null ? fact : { type: "queue.moved", ...kept });
    },
  };
}
