import { existsSync } from "node:fs";
import { faultPoint } from "../../base/fault-points.ts";
import { missionPaths } from "../../base/paths.ts";
import type { AttemptEnd } from "../../events/domain-event.ts";
import { finalStatusOf } from "../../mission/classify-end.ts";
import type { Resume } from "../../mission/machine-types.ts";
import { holdsMembers, type MissionSpec } from "../../mission/spec.ts";
import { agentAge } from "../../runner/age.ts";
import { claimedAt, takeClaim } from "../../runner/attempt-files.ts";
import type { AttemptRow, MissionRow } from "../../store/rows.ts";
import type { Store } from "../../store/store.ts";
import { rowChange } from "../facts-of-event.ts";
import { missionsOnDisk, removeMissionFiles } from "../mission-files.ts";
import type { Supervisor } from "../supervisor.ts";
import { momentOf, type Surroundings } from "../surroundings.ts";
import { findAttempt } from "./find-attempt.ts";
import { planRecovery, type RecoveryPlan, startsUnderItsNumber } from "./recovery.ts";

export interface RecoveryReport {
  readonly adopted: number;
  readonly lost: number;
  readonly leftAlone: readonly string[];
  /** Ids of the missions that had not ended as this daemon began. */
  readonly found: readonly string[];
}

/**
 * Takes up every mission that a former daemon left, each as its rows and the world say. What is
 * not known is left alone: nothing is ended or started on a guess.
 */
export function recoverMissions(supervisor: Supervisor, store: Store, around: Surroundings): RecoveryReport {
  let adopted = 0;
  let lost = 0;
  const leftAlone: string[] = [];
  const rows = store.missions.live();
  for (const row of rows) {
    const attempt = store.attempts.of(row.id).find((one) => one.attempt === row.attempt);
    const plan = planFor(row, attempt, around);
    if (plan.kind === "leave_alone") leftAlone.push(row.id);
    else if (plan.kind === "record_lost") lost += 1;
    else adopted += 1;
    carryOut(plan, row, supervisor, around);
    FAULT: faultPoint("amid_recovery", row.name);
  }
  return { adopted, lost, leftAlone, found: rows.map(({ id }) => id) };
}

/**
 * Removes files that no mission has: of runs that were never answered, as they were made before their row could
 * be stored, and of missions that were forgotten by a daemon that died before it came to their files.
 */
export function removeOrphanedFiles(store: Store, around: Surroundings): void {
  for (const id of missionsOnDisk(around.paths)) {
    if (store.missions.byId(id) !== undefined) continue;
    if (store.events.last(id, "mission.removed") !== undefined) {
      removeMissionFiles(around.paths, id);
      continue;
    }
    const attempt = missionPaths(around.paths, id).attempt(1);
    // Taking the claim proves that nothing was, or can still be, started from these files.
    if (!existsSync(attempt.directory) || takeClaim(attempt)) removeMissionFiles(around.paths, id);
  }
}

function planFor(row: MissionRow, attempt: AttemptRow | undefined, around: Surroundings): RecoveryPlan {
  const paths = missionPaths(around.paths, row.id).attempt(row.attempt);
  // What has no process of its own has none that could be gone: it goes on.
  const found = () =>
    holdsMembers(row.spec as MissionSpec) ? "here" : findAttempt(paths, around.host, startsUnderItsNumber(row));
  return planRecovery(row, attempt, found, { moment: momentOf(around), wall: around.clock.now() });
}

function carryOut(plan: RecoveryPlan, row: MissionRow, supervisor: Supervisor, around: Surroundings): void {
  if (plan.kind === "leave_alone") return;
  if (plan.kind === "resume") {
    const started_at = row.started_at ?? claimedAt(missionPaths(around.paths, row.id).attempt(row.attempt));
    const found = { ...row, attempt: plan.attempt, restarts: plan.restarts, started_at };
    supervisor.resume(found, withAge(plan.resume, row, around), plan.isIntended);
    return;
  }
  const ended = recordLost(row, plan.end, around);
  if (plan.next === "give_up") {
    recordEnd(ended, row.wish, around);
    return;
  }
  const restarts = row.restarts + (plan.next === "start_next" ? 1 : 0);
  supervisor.resume({ ...ended, attempt: row.attempt + 1, restarts, wish: null }, { kind: "start" }, false);
}

function recordLost(row: MissionRow, end: AttemptEnd, { journal, clock }: Surroundings): MissionRow {
  const event = { type: "mission.attempt_ended", uptime_ms: 0, ...end } as const;
  const change = rowChange(event, row, clock.now());
  journal.note([journal.fact(row.id, event, change)]);
  return { ...row, ...change.mission };
}

/** No machine decides here: its rule would start again what may still run, or what cannot. */
function recordEnd(row: MissionRow, wish: MissionRow["wish"], { journal, clock }: Surroundings): void {
  const reason = wish === "kill" ? "killed" : wish === "stop" ? "stopped" : "lost";
  const event = {
    type: "mission.ended",
    attempt: row.attempt,
    status: finalStatusOf(reason),
    reason,
    exit_code: null,
    signal: null,
  } as const;
  journal.note([journal.fact(row.id, event, rowChange(event, row, clock.now()))]);
}

/** A wall clock that was set meanwhile must not make a running attempt older or younger. */
function withAge(resume: Resume, row: MissionRow, around: Surroundings): Resume {
  if (resume.kind !== "adopt") return resume;
  return { ...resume, ranMs: agentAge(missionPaths(around.paths, row.id).attempt(row.attempt)) ?? resume.ranMs };
}
