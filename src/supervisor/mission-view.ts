import { isoTime } from "../base/clock.ts";
import { accountOf, type GroupSpec, type MissionSpec } from "../mission/spec.ts";
import type { ExitRecord, MissionView, PendingView, WaitResult } from "../protocol/mission.ts";
import type { BudgetView } from "../protocol/usage.ts";
import type { AttemptRow, MissionRow } from "../store/rows.ts";

/** A mission as people and programs see it. */
export function missionView(
  row: MissionRow,
  attempts: readonly AttemptRow[],
  children: readonly string[],
  pending: readonly PendingView[] = [],
  budget: BudgetView | null = null,
): MissionView {
  const spec = row.spec as MissionSpec;
  const { policy } = spec;
  return {
    id: row.id,
    name: row.name,
    command: spec.command,
    argv: spec.argv,
    type: spec.type,
    provider: spec.provider,
    model: spec.model,
    status: row.status,
    reason: row.reason,
    waiting_for: row.waiting_for,
    until: isoTime(row.until),
    exit_code: row.exit_code,
    signal: row.signal,
    os_pid: row.os_pid,
    cwd: spec.cwd,
    parent: row.parent,
    children,
    created_at: isoTime(row.created_at),
    started_at: isoTime(row.started_at),
    ended_at: isoTime(row.ended_at),
    attempt: row.attempt,
    attempts: attempts.filter((attempt) => attempt.reason !== null).map(exitRecord),
    restart_policy: policy.restart,
    max_restarts: policy.maxRestarts,
    max_seconds: policy.maxSeconds,
    restart_count: row.restarts,
    success_codes: policy.successCodes,
    grace_ms: policy.graceMs,
    stop_signal: policy.stopSignal,
    timeout_seconds: policy.timeoutMs === null ? null : policy.timeoutMs / 1000,
    keep_leftovers: policy.keepLeftovers,
    last_activity: isoTime(row.last_activity),
    session_id: row.session_id,
    labels: spec.labels,
    usage: row.usage,
    queue: queueView(spec.queue),
    pending,
    ...(spec.terminal == null ? {} : { terminal: spec.terminal }),
    account: accountOf(spec),
    budget,
    ...(spec.group === null ? {} : { group: groupView(spec.group, row) }),
  };
}

function groupView({ strategy, maxRestarts, maxSeconds }: GroupSpec, { history }: MissionRow): NonNullable<MissionView["group"]> {
  return { strategy, max_restarts: maxRestarts, max_seconds: maxSeconds, crashes: history?.members?.crashes.length ?? 0 };
}

function queueView(queue: MissionSpec["queue"]): MissionView["queue"] {
  if (queue == null) return null;
  const { after, afterAny, notBefore, pool, priority } = queue;
  return { after, after_any: afterAny, not_before: isoTime(notBefore), pool, priority };
}

export function waitResult(row: MissionRow): WaitResult {
  return { id: row.id, name: row.name, status: row.status, exit_code: row.exit_code, signal: row.signal, reason: row.reason };
}

const exitRecord = (row: AttemptRow): ExitRecord => ({
  attempt: row.attempt,
  exit_code: row.exit_code,
  signal: row.signal,
  reason: row.reason ?? "lost",
  started_at: isoTime(row.started_at),
  ended_at: isoTime(row.ended_at),
  leftovers: row.leftovers,
});
