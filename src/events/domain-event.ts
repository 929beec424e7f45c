import type { FinalStatus, Leftover, Reason } from "../protocol/mission.ts";

/** Who asked: `cli`, `client`, `daemon`, or the id of a mission. */
export type Requester = string;

/** What a mission's machine tells the world, past tense. Each becomes one row of the event log. */
export type MissionEvent =
  | { readonly type: "mission.created"; readonly name: string; readonly command: string; readonly parent: string | null }
  | {
      readonly type: "mission.queued";
      readonly waiting_for: "dependency" | "delay" | "slot";
      /** Epoch ms; null: not known. */
      readonly until: number | null;
      readonly note: string;
    }
  | { readonly type: "mission.released" }
  | { readonly type: "mission.starting"; readonly attempt: number; readonly restarts: number; readonly history: RestartHistory }
  | { readonly type: "mission.started"; readonly attempt: number; readonly os_pid: number | null }
  | { readonly type: "mission.adopted"; readonly attempt: number; readonly os_pid: number | null }
  | {
      readonly type: "mission.stop_requested";
      readonly wish: "stop" | "kill" | "restart";
      readonly by: Requester;
      readonly cause: "parent" | "group" | null;
    }
  | { readonly type: "mission.paused"; readonly attempt: number; readonly by: Requester }
  | { readonly type: "mission.unpaused"; readonly attempt: number; readonly by: Requester }
  | {
      readonly type: "mission.stalled";
      readonly attempt: number;
      readonly silent_ms: number;
      readonly on_stall: "kill" | "notify" | "interrupt";
      readonly evidence: StallFindings;
    }
  | { readonly type: "mission.memory_exceeded"; readonly attempt: number; readonly bytes: number; readonly limit: number }
  | { readonly type: "mission.deadline_passed"; readonly deadline_ms: number }
  | {
      readonly type: "mission.stopping";
      readonly attempt: number;
      readonly because: StopCause;
    }
  | { readonly type: "mission.signalled"; readonly attempt: number; readonly signal: string; readonly by: Requester }
  | ({ readonly type: "mission.attempt_ended"; readonly uptime_ms: number } & AttemptEnd)
  | {
      readonly type: "mission.backing_off";
      readonly attempt: number;
      /** The restart that is waited for: 1, 2, 3 … */
      readonly restart: number;
      readonly delay_ms: number;
      /** Epoch ms. */
      readonly retry_at: number;
      readonly history: RestartHistory;
    }
  | { readonly type: "mission.gave_up"; readonly attempt: number; readonly restarts: number; readonly within_seconds: number }
  | {
      readonly type: "mission.ended";
      readonly attempt: number;
      readonly status: FinalStatus;
      readonly reason: Reason;
      readonly exit_code: number | null;
      readonly signal: string | null;
    }
  | { readonly type: "mission.removed" };

/** Why an attempt is being ended; `sweep`: it has ended, and what it left is looked for. */
export type StopCause = "stop" | "kill" | "restart" | "timeout" | "stalled" | "memory" | "deadline" | "sweep";

/** What the tree of a silent attempt did since its last output; null: could not be measured. */
export interface StallFindings {
  readonly cpu_ms: number | null;
  readonly children_born: number | null;
  readonly processes: number | null;
}

export type DaemonEvent =
  | {
      readonly type: "daemon.started";
      readonly pid: number;
      readonly version: string;
      readonly adopted: number;
      readonly lost: number;
    }
  | { readonly type: "daemon.rebuilt"; readonly missions: number; readonly kept_as: string }
  | { readonly type: "daemon.stopped"; readonly pid: number; readonly live: number };

export type DomainEvent = MissionEvent | DaemonEvent;

/** How one attempt ended. */
export interface AttemptEnd {
  readonly attempt: number;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly reason: Reason;
  /** Epoch ms; null when nobody knows. */
  readonly ended_at: number | null;
  readonly leftovers: readonly Leftover[];
  /** Words for a person where the reason alone does not say it, such as why a start failed. */
  readonly note?: string;
}

/** What the restart rule remembers of a mission; times on the axis of time spent running. */
export interface RestartHistory {
  /** Restarts since the last stable stretch: the exponent of the backoff. */
  readonly streak: number;
  /** Milliseconds the mission has run in all its ended attempts. */
  readonly uptimeMs: number;
  /** Values of `uptimeMs` at the crashes that count towards giving up, newest last. */
  readonly crashes: readonly number[];
}

export const noHistory: RestartHistory = { streak: 0, uptimeMs: 0, crashes: [] };
