import type { MissionType, Status } from "../protocol/mission.ts";
import type { UsageKey } from "../protocol/usage.ts";

/** What `run` takes; either `command` (a shell line) or `argv`. The names are those of the wire. */
export interface RunOptions {
  readonly command?: string;
  readonly argv?: readonly string[];
  readonly name?: string;
  readonly type?: MissionType;
  readonly provider?: string;
  readonly model?: string;
  /** Default: this program's directory. */
  readonly cwd?: string;
  /** The whole environment, as for `child_process.spawn`; default: this program's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly parent?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Milliseconds between the stop signal and SIGKILL. */
  readonly grace_ms?: number;
  readonly stop_signal?: string;
  /** Bounds one attempt. */
  readonly timeout_seconds?: number;
  readonly success_codes?: readonly number[];
  readonly keep_leftovers?: boolean;
  /** `open`: written with `writeStdin`. */
  readonly stdin?: "open" | "null";
  readonly restart?: "never" | "on_failure" | "always";
  readonly max_restarts?: number;
  readonly max_seconds?: number;
  /** Milliseconds. */
  readonly backoff?: number;
}

export interface ListQuery {
  /** Also the killed ones, and all finished ones. */
  readonly all?: boolean;
  readonly children?: string;
  readonly status?: readonly Status[];
  readonly label?: Readonly<Record<string, string>>;
  /** Finished missions at most. */
  readonly limit?: number;
}

interface LogRange {
  /** Only the last n lines. */
  readonly tail?: number;
  /** Epoch milliseconds, or an ISO 8601 time. */
  readonly since?: number | string;
  readonly until?: number | string;
  readonly attempt?: number;
}

export interface LogTextQuery extends LogRange {}

export interface LogQuery extends LogRange {
  readonly follow?: boolean;
  /** One line an event, each with its own time. */
  readonly linewise?: boolean;
  readonly signal?: AbortSignal;
}

export interface WaitQuery {
  /** Statuses to wait for; default: the final ones. */
  readonly for?: readonly Status[];
  /** Milliseconds. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export interface PruneQuery {
  /** Milliseconds since the end. */
  readonly older_than_ms?: number;
  readonly status?: readonly Status[];
}

export interface EventsQuery {
  /** Only events with a greater seq. */
  readonly since?: number;
  readonly follow?: boolean;
  readonly mission?: string;
  /** A glob such as `mission.*`. */
  readonly type?: string;
  readonly signal?: AbortSignal;
}

export interface AnswerOptions {
  /** The request's id or a beginning of it, where several wait. */
  readonly request?: string;
  /** Told with a denial to an agent that takes words. */
  readonly message?: string;
  /** What the tool gets instead of its own input. */
  readonly input?: unknown;
  /** One of the request's options. */
  readonly option?: string;
  /** Takes the option that answers the same from now on. */
  readonly always?: boolean;
}

export interface SendOptions {
  /** Ends the present turn first. */
  readonly interrupt?: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
  /** A UUID: a message of the same id is not said again. */
  readonly message_id?: string;
  readonly signal?: AbortSignal;
}

export interface SubscribeQuery {
  /** The `at` of an event; `0`: all that was said. */
  readonly since?: string;
  readonly signal?: AbortSignal;
}

export interface UsageQuery {
  /** Only this mission and all below it. */
  readonly id?: string;
  readonly by?: UsageKey;
  /** Only turns that ended since then: epoch milliseconds, or an ISO 8601 time. */
  readonly since?: number | string;
}

export interface BudgetChange {
  readonly max_cost_usd?: number;
  readonly max_tokens?: number;
  readonly max_turns?: number;
}

export interface DiffQuery {
  /** The pipeline's name or id; the blueprint's name otherwise. */
  readonly id?: string;
  readonly params?: Readonly<Record<string, string>>;
}
