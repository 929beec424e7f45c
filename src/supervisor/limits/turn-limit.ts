import type { AgentFact } from "../../mission/machine-types.ts";
import { accountOf, type MissionSpec } from "../../mission/spec.ts";
import type { ReaderState } from "../../providers/conversation.ts";
import { reasonOfError } from "../../providers/error-signs.ts";
import type { MissionRow } from "../../store/rows.ts";

/** The limit that the last turn met while its agent lives on; null: it met none. */
export function limitOfTurn({ outcome, rateLimit }: ReaderState): { readonly until: number | null } | null {
  if (outcome?.kind !== "failed" || outcome.error === null) return null;
  return reasonOfError(outcome.error)?.reason === "rate_limited" ? { until: rateLimit?.until ?? null } : null;
}

export const waitForLimit = (spec: MissionSpec, until: number): AgentFact => ({
  type: "agent.waits",
  waitingFor: "limit",
  until,
  note: `account ${accountOf(spec)} met a limit`,
});

/** Whether messages to a mission stay with Overmind: its account is limited, or its budget is spent. */
export const isHeld = ({ status, waiting_for }: MissionRow): boolean =>
  status === "waiting" && (waiting_for === "limit" || waiting_for === "budget");
