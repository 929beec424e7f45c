import type { BootMoment } from "../../base/boot-moment.ts";
import type { AttemptEnd } from "../../events/domain-event.ts";
import type { Resume, Waiting } from "../../mission/machine-types.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import type { AttemptRow, MissionRow } from "../../store/rows.ts";
import { backoffLeft, pausedMs, ranMs } from "../row-timing.ts";

/** What the world says of an attempt that a former daemon left, as the runner finds it. */
export type Found =
  /** A shim of this boot claimed it, whether it still runs or has ended. */
  | "here"
  /** Nobody claimed it yet, and whoever does runs what it was to run. */
  | "unclaimed"
  /** Nobody ever claimed it, and now nobody can. */
  | "never_started"
  /** Somebody claimed it and never said who: it may have run, so it is not run again. */
  | "unclear"
  /** It ran before the machine was started again. */
  | "other_boot"
  /** It belongs to another pid namespace, of which nothing can be seen from here. */
  | "elsewhere";

export interface Present {
  readonly moment: BootMoment;
  /** Epoch ms. */
  readonly wall: number;
}

export type RecoveryPlan =
  | {
      readonly kind: "resume";
      readonly attempt: number;
      readonly restarts: number;
      readonly resume: Resume;
      readonly isIntended: boolean;
    }
  /** The attempt is over without a machine having seen it: `end` goes on record, then `next`. */
  | { readonly kind: "record_lost"; readonly end: AttemptEnd; readonly next: "start_again" | "start_next" | "give_up" }
  | { readonly kind: "leave_alone" };

/**
 * How a live mission of a former daemon goes on. A pure function of its rows and of what is found.
 *
 * @param attempt the row of its last attempt, if there is one
 * @param now the present, as the wall clock and as the machine tell it
 */
export function planRecovery(row: MissionRow, attempt: AttemptRow | undefined, found: () => Found, now: Present): RecoveryPlan {
  const plain = { kind: "resume", attempt: row.attempt, restarts: row.restarts, isIntended: true } as const;
  if (row.status === "queued") return { ...plain, resume: { kind: "queued" }, isIntended: false };
  if (attempt !== undefined && attempt.reason !== null) return { ...plain, resume: afterEnd(row, attempt, now) };
  switch (found()) {
    case "here":
      return {
        ...plain,
        resume: {
          kind: "adopt",
          wish: row.wish,
          ranMs: ranMs(row, now.moment, now.wall),
          pausedMs: pausedMs(row, now.moment),
          ...(row.status === "paused" ? { isPaused: true } : {}),
          ...(row.status === "waiting" ? { waits: waitOf(row) } : {}),
        },
      };
    case "unclaimed":
      return { ...plain, resume: { kind: "start" }, isIntended: false };
    case "elsewhere":
      return { kind: "leave_alone" };
    case "unclear":
      return { kind: "record_lost", end: lostEnd(row, "its shim ended before it could say who it was"), next: "give_up" };
    case "never_started":
      return {
        kind: "record_lost",
        end: lostEnd(row, "the daemon ended before it was started"),
        next: isToStart(row) ? "start_again" : "give_up",
      };
    case "other_boot":
      return {
        kind: "record_lost",
        end: lostEnd(row, "the machine was started again"),
        next: mayStartAgain(row) ? "start_next" : "give_up",
      };
  }
}

/**
 * Whether an attempt that nobody claimed is started under its own number, so that it counts once however often a daemon is
 * killed before it begins, as while it waits for others to start with it. Of one that begins with talk or a terminal, what
 * a late shim would run is not what this daemon holds in hand.
 */
export function startsUnderItsNumber(row: MissionRow): boolean {
  const { agent, terminal } = row.spec as MissionSpec;
  return isToStart(row) && agent == null && terminal == null;
}

const isToStart = ({ wish }: MissionRow): boolean => wish === null || wish === "restart";

function afterEnd(row: MissionRow, attempt: AttemptRow, { moment, wall }: Present): Resume {
  const end: AttemptEnd = {
    attempt: attempt.attempt,
    exit_code: attempt.exit_code,
    signal: attempt.signal,
    reason: attempt.reason ?? "lost",
    ended_at: attempt.ended_at,
    leftovers: attempt.leftovers,
  };
  const isAsked = row.wish === "stop" || row.wish === "kill";
  if (!isAsked && row.status === "waiting") return { kind: "parked", waits: waitOf(row), end };
  if (!isAsked && row.status === "paused") return { kind: "handed_over", end };
  // A stop that came while backing off is on record before the end that follows from it: it still wins.
  const isOver = row.status !== "restarting" || row.retry_at === null || isAsked;
  if (isOver) return { kind: "ended", wish: row.wish, end, ranMs: attempt.uptime_ms ?? 0 };
  const { backoffMaxMs, jitter } = (row.spec as MissionSpec).policy;
  return { kind: "backing_off", delayMs: backoffLeft(row, moment, wall, backoffMaxMs * (1 + jitter)), end };
}

const waitOf = ({ waiting_for, until }: MissionRow): Waiting => ({
  waitingFor: waiting_for === "limit" || waiting_for === "budget" ? waiting_for : "answer",
  until,
  note: "",
});

const lostEnd = (row: MissionRow, note: string): AttemptEnd => ({
  attempt: row.attempt,
  exit_code: null,
  signal: null,
  reason: "lost",
  ended_at: null,
  leftovers: [],
  note,
});

// A timeout, a stall or a memory limit ends an attempt, not the mission.
const mayStartAgain = (row: MissionRow): boolean =>
  !["stop", "kill", "deadline"].includes(row.wish ?? "") && (row.spec as MissionSpec).policy.restart !== "never";
