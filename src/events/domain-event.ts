import type { FinalStatus, Leftover, Reason } from "../protocol/mission.ts";
import type { Budget, Spent, TokenUsage } from "../protocol/usage.ts";
import type { LeavingAgent, MemberHistory, RestartHistory, StepEnd } from "./history.ts";

export {
  type LeavingAgent,
  type MemberHistory,
  noHistory,
  noMemberHistory,
  type PipelineHistory,
  type RestartHistory,
  type StepEnd,
  type StepHistory,
} from "./history.ts";

/** Who asked: `cli`, `client`, `daemon`, or the id of a mission. */
export type Requester = string;

/** What a mission's machine tells the world, past tense. Each becomes one row of the event log. */
export type MissionEvent =
  | { readonly type: "mission.created"; readonly name: string; readonly command: string; readonly parent: string | null }
  | {
      readonly type: "mission.queued";
      readonly waiting_for: "dependency" | "delay" | "slot" | "limit" | "budget";
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
      readonly wish: "stop" | "kill" | "restart" | "handover";
      readonly by: Requester;
      readonly cause: "parent" | "group" | null;
    }
  | { readonly type: "mission.paused"; readonly attempt: number; readonly by: Requester }
  | { readonly type: "mission.unpaused"; readonly attempt: number; readonly by: Requester }
  /** The agent ended so that a person can go on with its conversation. */
  | { readonly type: "mission.handed_over"; readonly attempt: number; readonly by: Requester }
  /** The agent cannot go on by itself. */
  | {
      readonly type: "mission.waiting";
      readonly attempt: number;
      readonly waiting_for: "answer" | "limit" | "budget";
      /** Epoch ms; null: not known, or a person decides. */
      readonly until: number | null;
      readonly note: string;
    }
  /** What it waited for is there. */
  | { readonly type: "mission.resumed"; readonly attempt: number; readonly by: Requester }
  /** Its agent asks a person, and waits. */
  | {
      readonly type: "mission.asked";
      readonly attempt: number;
      readonly request_id: string;
      readonly kind: "permission" | "question";
      readonly tool: string;
      /** As asked; of a long one its beginning, under `cut`. */
      readonly input: unknown;
      /** One line: the command or path that it is about. */
      readonly what: string;
      readonly options: readonly { readonly id: string; readonly label: string; readonly kind: string | null }[];
    }
  /** On record before it is written to the agent. */
  | {
      readonly type: "mission.answered";
      readonly attempt: number;
      readonly request_id: string;
      readonly tool: string;
      readonly decision: "allow" | "deny";
      /** A requester, or `rule: ` and which. */
      readonly by: Requester;
      readonly message: string | null;
      readonly option: string | null;
      /** Whether the tool's input was changed. */
      readonly is_edited: boolean;
    }
  /** The agent asks this no more, though nobody answered. */
  | { readonly type: "mission.withdrawn"; readonly attempt: number; readonly request_id: string; readonly tool: string }
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
      /** Of one that never started, or not again: what kept it from it. */
      readonly note?: string;
    }
  /** A member of a group crashed and starts again, with those that its strategy takes along. */
  | {
      readonly type: "mission.member_crashed";
      /** The group's. */
      readonly attempt: number;
      readonly member: string;
      readonly strategy: "one_for_one" | "one_for_all" | "rest_for_one";
      /** Ids of the members that start again, in start order; none where the group gives up. */
      readonly restarts: readonly string[];
      readonly history: MemberHistory;
    }
  /** An agent's conversation is known by this id from now on. */
  | { readonly type: "mission.session"; readonly attempt: number; readonly session_id: string; readonly model: string | null }
  /** The conversation before is not gone on with: somebody asked for a new one, or the agent has it no more. */
  | {
      readonly type: "mission.conversation";
      readonly attempt: number;
      readonly because: "fresh" | "resume_failed";
      /** Id of the one before. */
      readonly former: string | null;
    }
  /** An agent ended a turn; `usage` is the whole mission's, `spent` the turn's. */
  | {
      readonly type: "mission.turn_ended";
      readonly attempt: number;
      readonly turn: number;
      readonly outcome: string;
      readonly error: string | null;
      readonly usage: Readonly<Record<string, unknown>>;
      readonly spent?: TokenUsage;
      readonly model?: string | null;
    }
  /** An agent will not take a message: it answers nothing to it. */
  | {
      readonly type: "mission.message_refused";
      readonly attempt: number;
      /** The message's id. */
      readonly message: string;
      /** What the agent said. */
      readonly note: string;
    }
  /** Most of its budget is spent, by itself and those below it. Told once of a budget. */
  | { readonly type: "mission.budget_warned"; readonly budget: Budget; readonly spent: Spent; readonly share: number }
  /** All of it is. */
  | {
      readonly type: "mission.budget_spent";
      readonly budget: Budget;
      readonly spent: Spent;
      readonly on_budget: "wait" | "stop";
    }
  | { readonly type: "mission.budget_changed"; readonly budget: Budget; readonly by: Requester }
  /** An agent of a pipeline came one step further. Decided before anything is made, so that no agent starts twice. */
  | {
      readonly type: "mission.agent_moved";
      /** The pipeline's. */
      readonly attempt: number;
      readonly agent: string;
      /** The agent's name, or `test-2` of a fan-out; of one that is skipped the agent's. */
      readonly step: string;
      readonly to: AgentMove;
      /** Of what starts: the id its mission will bear. */
      readonly mission?: string;
      /** Of what starts with a port of its own. */
      readonly port?: number;
      readonly exit_code?: number | null;
      readonly note?: string;
    }
  /** A pipeline that runs follows another blueprint from now on. */
  | {
      readonly type: "mission.blueprint_changed";
      /** The pipeline's. */
      readonly attempt: number;
      /** Of the blueprint as it is kept. */
      readonly version: number;
      /** Steps of which nothing counts any more. */
      readonly dropped: readonly string[];
      /** Agents that were skipped and are decided on again. */
      readonly unskipped: readonly string[];
      readonly leaving: readonly LeavingAgent[];
      readonly note: string;
    }
  | { readonly type: "mission.removed" };

/**
 * `verifying`: a command that checks it starts; `returned`: the check under `mission` failed and is
 * sent back; `probing`: one that asks whether it is ready; `unready`: it never was.
 */
export type AgentMove = "starting" | "probing" | "verifying" | "returned" | "ready" | "unready" | StepEnd | "skipped";

/** Why an attempt is being ended; `sweep`: it has ended, and what it left is looked for. */
export type StopCause =
  | "stop"
  | "kill"
  | "restart"
  | "handover"
  | "timeout"
  | "stalled"
  | "memory"
  | "deadline"
  | "budget"
  | "sweep";

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
  | { readonly type: "daemon.rebuilt"; readonly missions: number; readonly kept_as: string | null }
  | { readonly type: "daemon.stopped"; readonly pid: number; readonly live: number }
  | { readonly type: "config.changed"; readonly keys: readonly string[] }
  /** config.toml is broken; what was in force stays. */
  | { readonly type: "config.rejected"; readonly reason: string }
  /** A hook's delivery was given up. Hooks do not get this one. */
  | { readonly type: "hook.dead"; readonly hook: string; readonly seq: number; readonly tries: number; readonly error: string };

export type PoolEvent =
  | { readonly type: "pool.set"; readonly pool: string; readonly slots: number }
  | { readonly type: "pool.paused" | "pool.unpaused" | "pool.removed"; readonly pool: string };

export type AccountEvent =
  /** Its missions wait until then. Epoch ms. */
  | {
      readonly type: "account.limited";
      readonly account: string;
      readonly until: number;
      /** How often it met a limit in a row. */
      readonly strikes: number;
      /** Whether an agent told when; otherwise it is Overmind's own delay. */
      readonly is_told: boolean;
    }
  | { readonly type: "account.open"; readonly account: string; readonly by: Requester };

export type DomainEvent = MissionEvent | DaemonEvent | PoolEvent | AccountEvent;

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
