import type { RestartHistory } from "../events/domain-event.ts";
import type { Leftover, Reason, Status } from "../protocol/mission.ts";
import type { BudgetState } from "../protocol/usage.ts";

/** One mission as it is stored. Times are epoch ms. `spec` is what it was asked to be, opaque here. */
export interface MissionRow {
  readonly id: string;
  readonly name: string;
  readonly parent: string | null;
  readonly created_at: number;
  readonly spec: unknown;
  readonly status: Status;
  readonly wish: "stop" | "kill" | "restart" | "handover" | "timeout" | "stalled" | "memory" | "deadline" | "budget" | null;
  readonly reason: Reason | null;
  readonly waiting_for: string | null;
  readonly until: number | null;
  readonly attempt: number;
  readonly restarts: number;
  readonly history: RestartHistory | null;
  readonly retry_at: number | null;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly os_pid: number | null;
  readonly last_activity: number | null;
  readonly session_id: string | null;
  readonly usage: Readonly<Record<string, unknown>> | null;
  /** The budget in force; null: none. */
  readonly budget: BudgetState | null;
  readonly timing: Timing | null;
}

/** Times of the present attempt, in ms on the monotonic clock of one boot of the machine. */
export interface Timing {
  readonly boot: string;
  readonly startedMs?: number;
  readonly retryMs?: number;
  /** Since when it is paused, and how long the pauses before lasted. */
  readonly pausedSinceMs?: number;
  readonly pausedMs?: number;
}

export type MissionPatch = Partial<Omit<MissionRow, "id" | "created_at">>;

/** One attempt as it is stored; `reason` is null while it has not ended. */
export interface AttemptRow {
  readonly mission: string;
  readonly attempt: number;
  readonly os_pid: number | null;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly uptime_ms: number | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly reason: Reason | null;
  readonly note: string | null;
  readonly leftovers: readonly Leftover[];
  /** How often the mission had been restarted when this one began; null: not known. */
  readonly restarts: number | null;
}

export type AttemptPatch = Partial<Omit<AttemptRow, "mission">> & { readonly attempt: number };

/** An attempt of which nothing is known yet. */
export const newAttempt = (mission: string, attempt: number, restarts: number | null = null): AttemptRow => ({
  mission,
  attempt,
  os_pid: null,
  started_at: null,
  ended_at: null,
  uptime_ms: null,
  exit_code: null,
  signal: null,
  reason: null,
  note: null,
  leftovers: [],
  restarts,
});

export const jsonColumns = ["spec", "history", "usage", "timing", "budget"] as const;

type Raw = Record<string, unknown>;

export function readMissionRow(raw: unknown): MissionRow {
  const row = { ...(raw as Raw) };
  for (const column of jsonColumns) row[column] = typeof row[column] === "string" ? JSON.parse(row[column] as string) : null;
  delete row["is_final"];
  return row as unknown as MissionRow;
}

export function readAttemptRow(raw: unknown): AttemptRow {
  const row = raw as Raw;
  return { ...row, leftovers: row["leftovers"] ? JSON.parse(row["leftovers"] as string) : [] } as unknown as AttemptRow;
}
