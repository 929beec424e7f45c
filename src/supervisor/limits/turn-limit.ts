import { randomUUID } from "node:crypto";
import { accountOf } from "../../mission/spec.ts";
import type { ReaderState } from "../../providers/conversation.ts";
import { reasonOfError } from "../../providers/error-signs.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { Message } from "../talk/messages.ts";
import type { LimitedMission, LimitKeeper } from "./limit-keeper.ts";

/**
 * A session's turn ended. Where it met a limit the mission waits until that is over, with its process.
 *
 * @returns the message of the turn as it is to be sent again; null: it is answered as it is
 */
export function holdForLimit(
  mission: LimitedMission,
  limits: LimitKeeper,
  state: ReaderState,
  message: Message | undefined,
): Message | null {
  const limit = limitOfTurn(state);
  if (limit === null) return null;
  const { spec, row } = mission;
  const until = limits.met(spec, limit.until);
  // What is paused or being ended does not wait.
  if (!spec.policy.autoResume || (row.status !== "running" && row.status !== "waiting")) return null;
  mission.tell({ type: "agent.waits", waitingFor: "limit", until, note: `account ${accountOf(spec)} met a limit` });
  const tries = (message?.tries ?? 0) + 1;
  if (message === undefined || (spec.policy.maxResumes > 0 && tries > spec.policy.maxResumes)) return null;
  return { ...message, id: randomUUID(), tries };
}

/** What is kept of a message that is to be sent again. */
export function againRecord(message: Message | null): { again?: { id: string; text: string; tries: number } } {
  return message === null ? {} : { again: { id: message.id, text: message.text, tries: message.tries ?? 1 } };
}

/** Whether messages to a mission stay with Overmind: its account is limited, or its budget is spent. */
export const isHeld = ({ status, waiting_for }: MissionRow): boolean =>
  status === "waiting" && (waiting_for === "limit" || waiting_for === "budget");

/** The limit that the last turn met while its agent lives on; null: it met none. */
function limitOfTurn({ outcome, rateLimit }: ReaderState): { readonly until: number | null } | null {
  if (outcome?.kind !== "failed" || outcome.error === null) return null;
  return reasonOfError(outcome.error)?.reason === "rate_limited" ? { until: rateLimit?.until ?? null } : null;
}
