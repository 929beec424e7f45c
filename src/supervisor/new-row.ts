import type { MissionSpec } from "../mission/spec.ts";
import type { MissionRow } from "../store/rows.ts";

/** The row of a mission whose first attempt is about to start. */
export function newRow(spec: MissionSpec): MissionRow {
  return {
    id: spec.id,
    name: spec.name,
    parent: spec.parent,
    created_at: spec.createdAt,
    spec,
    status: "starting",
    wish: null,
    reason: null,
    waiting_for: null,
    until: null,
    attempt: 1,
    restarts: 0,
    history: null,
    retry_at: null,
    started_at: null,
    ended_at: null,
    exit_code: null,
    signal: null,
    os_pid: null,
    last_activity: null,
    session_id: null,
    usage: null,
    timing: null,
    budget: spec.budget == null ? null : { ...spec.budget, is_warned: false },
  };
}
