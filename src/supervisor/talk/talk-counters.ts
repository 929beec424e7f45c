import type { Usage } from "../../providers/normalised-event.ts";
import { noUsage } from "../../providers/usage.ts";
import type { TalkRecord } from "./talk-file.ts";

/**
 * Where the agent's running totals stood when last heard in the present conversation: at nothing
 * where no turn of it has ended yet; null where its begin is not on record.
 */
export function countersSoFar(records: readonly TalkRecord[]): Usage | null {
  const begun = records.findLastIndex((record) => record.did === "begin" && record.resumes === null);
  if (begun === -1) return null;
  const last = records.slice(begun).findLast((record) => record.did === "turn");
  return last?.did === "turn" ? last.counters : { ...noUsage, cost_usd: 0 };
}
