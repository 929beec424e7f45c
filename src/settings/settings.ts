import type { RestartPolicy } from "../protocol/mission.ts";
import type { LimitSettings } from "./limit-fields.ts";

/** What `config.toml` says, completed by defaults. Top-level keys bear the names they have in the file. */
export interface Settings {
  /** Finished missions that are kept. */
  readonly keep_finished: number;
  /** Days that a finished mission is kept. */
  readonly keep_days: number;
  /** Days that is kept what agents used. */
  readonly usage_keep_days: number;
  /** Events that are kept. */
  readonly events_keep: number;
  /** Bytes of output that are kept of one mission. */
  readonly log_max_bytes: number;
  /** Names of programs that live on, listed, when an agent ends by itself and leaves them. */
  readonly leftovers_keep: readonly string[];
  /** Generations that a tree of missions may have. */
  readonly max_depth: number;
  /** Live children that one mission may have. */
  readonly max_children: number;
  /** Hooks that run at the same time. */
  readonly hooks_at_once: number;
  /** The table `[defaults]`: what a mission gets where `run` says nothing. */
  readonly defaults: MissionDefaults;
  readonly hooks: readonly HookSpec[];
  /** What is answered without a person, first match first. */
  readonly approvals: readonly ApprovalRule[];
  readonly limits: LimitSettings;
}

/** A mission's policy where nobody says otherwise; the same fields as the policy itself. */
export interface MissionDefaults {
  readonly restart: RestartPolicy;
  readonly successCodes: readonly number[];
  readonly maxRestarts: number;
  readonly maxSeconds: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly jitter: number;
  readonly stableSeconds: number;
  readonly graceMs: number;
  readonly stopSignal: NodeJS.Signals;
  readonly timeoutMs: number | null;
  readonly keepLeftovers: boolean;
  readonly activityTimeoutMs: number | null;
  readonly onStall: "kill" | "notify" | "interrupt";
  readonly deadlineMs: number | null;
  readonly memoryMaxBytes: number | null;
  readonly onParentExit: "keep" | "stop" | "kill";
  readonly autoResume: boolean;
  readonly maxResumes: number;
  readonly onBudget: "wait" | "stop";
  readonly onAsk: "ask" | "deny";
}

/** One `[[hooks]]`: a command that gets the events that match. */
export interface HookSpec {
  /** As given, or made of `on` and `run`: under this name its place in the event log is remembered. */
  readonly name: string;
  /** Globs of event types. */
  readonly on: readonly string[];
  /** A shell line, or words that are run without a shell. */
  readonly run: string | readonly string[];
  readonly timeoutMs: number;
  /** How often a delivery that failed is tried again before it is given up. */
  readonly retries: number;
}

/** One `[[approvals]]`: how a request of an agent is answered when all that it names matches. */
export interface ApprovalRule {
  /** Glob of the tool's name. */
  readonly tool: string;
  /** Glob of what the tool is to do; null: anything. */
  readonly match: string | null;
  /** Glob of the mission's name; null: any. */
  readonly mission: string | null;
  /** `K=V`, all of which the mission bears. */
  readonly labels: readonly string[];
  /** Glob of the provider; null: any. */
  readonly provider: string | null;
  /** `ask` leaves it to a person. */
  readonly answer: "allow" | "deny" | "ask";
  /** Told to the agent with a denial. */
  readonly message: string | null;
}
