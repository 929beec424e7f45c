import type { BudgetView } from "./usage.ts";

/** The words of a mission as they stand on the wire and in JSON (SPEC 3). */
export const liveStatuses = ["queued", "starting", "running", "waiting", "paused", "restarting", "stopping"] as const;
export const finalStatuses = ["stopped", "crashed", "killed"] as const;
export type FinalStatus = (typeof finalStatuses)[number];
export type Status = (typeof liveStatuses)[number] | FinalStatus;
export const statuses: readonly Status[] = [...liveStatuses, ...finalStatuses];

export const reasons = [
  "completed",
  "failed",
  "signaled",
  "stopped",
  "killed",
  "stalled",
  "timeout",
  "deadline",
  "memory",
  "rate_limited",
  "auth",
  "budget",
  "refused",
  "no_result",
  "parent",
  "group",
  "dependency",
  "spawn_error",
  "lost",
] as const;
/** Why an attempt ended. Readers accept unknown ones. */
export type Reason = (typeof reasons)[number];

export const missionTypes = ["task", "session", "service", "group", "blueprint"] as const;
export type MissionType = (typeof missionTypes)[number];

export const restartPolicies = ["never", "on_failure", "always"] as const;
export type RestartPolicy = (typeof restartPolicies)[number];

export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/** How one ended attempt ended. Times are ISO 8601 UTC. */
export interface ExitRecord {
  readonly attempt: number;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly reason: Reason;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly leftovers: readonly Leftover[];
}

/** One mission as `info` and `list` answer it. */
export interface MissionView {
  readonly id: string;
  readonly name: string;
  readonly command: string;
  readonly argv: readonly string[] | null;
  readonly type: MissionType;
  readonly provider: string;
  readonly model: string | null;
  readonly status: Status;
  readonly reason: Reason | null;
  readonly waiting_for: string | null;
  readonly until: string | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly os_pid: number | null;
  readonly cwd: string;
  readonly parent: string | null;
  readonly children: readonly string[];
  readonly created_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly attempt: number;
  readonly attempts: readonly ExitRecord[];
  readonly restart_policy: RestartPolicy;
  readonly max_restarts: number;
  readonly max_seconds: number;
  readonly restart_count: number;
  readonly success_codes: readonly number[];
  readonly grace_ms: number;
  readonly stop_signal: string;
  readonly timeout_seconds: number | null;
  readonly keep_leftovers: boolean;
  readonly last_activity: string | null;
  readonly session_id: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly usage: Readonly<Record<string, unknown>> | null;
  readonly queue: QueueView | null;
  /** What its agent asks, and waits to be answered. */
  readonly pending: readonly PendingView[];
  /** Only of a mission that has a terminal: its size while nobody is attached. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
  /** Whose limits it meets; null for a command. */
  readonly account: string | null;
  /** What it and all below it may spend; null: it has no budget of its own. */
  readonly budget: BudgetView | null;
  /** Only of a mission of type `group`; `crashes` of its members that its window held at the last one. */
  readonly group?: {
    readonly strategy: string;
    readonly max_restarts: number;
    readonly max_seconds: number;
    readonly crashes: number;
  };
}

/** One thing that an agent asks of a person, exactly. */
export interface PendingView {
  readonly request_id: string;
  readonly kind: "permission" | "question";
  readonly tool: string;
  readonly input: unknown;
  readonly description: string | null;
  /** One line: the command or path that it is about. */
  readonly what: string;
  /** Empty: which answers there are is not known. */
  readonly options: readonly { readonly id: string; readonly label: string; readonly kind: string | null }[];
  readonly asked_at: string;
  /** An answer that a former daemon may or may not have written; null: none. */
  readonly in_doubt: { readonly decision: "allow" | "deny"; readonly by: string } | null;
}

/** What a mission was asked to wait for before its first attempt. */
export interface QueueView {
  /** Ids of missions that have to end first. */
  readonly after: readonly string[];
  /** Whether any end will do; otherwise each has to end with success. */
  readonly after_any: boolean;
  readonly not_before: string | null;
  readonly pool: string | null;
  readonly priority: number;
}

/** What `wait` answers. */
export interface WaitResult {
  readonly id: string;
  readonly name: string;
  readonly status: Status;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly reason: Reason | null;
}

export const isFinal = (status: Status): status is FinalStatus => (finalStatuses as readonly string[]).includes(status);

// What a shell answers for a command that is not there, and a shim for one whose program is not.
const notFoundCode = 127;

/** Whether an attempt never ran because its program is not there. A shell line always runs: its shell is there. */
export const isProgramMissing = ({ reason, exit_code }: Pick<MissionView, "reason" | "exit_code">): boolean =>
  reason === "spawn_error" && exit_code === notFoundCode;
