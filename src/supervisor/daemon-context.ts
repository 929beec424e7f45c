import type { HomePaths } from "../base/paths.ts";
import type { Blueprint } from "../blueprint/blueprint.ts";
import type { ParamValues } from "../blueprint/params.ts";
import type { StepHistory } from "../events/domain-event.ts";
import type { GroupSpec, OnAsk, OnBudget, OnParentExit, OnStall } from "../mission/spec.ts";
import type { LogPiece, ReadOptions } from "../output/log-source.ts";
import type { ConfigView, HookView } from "../protocol/config.ts";
import type { DaemonStatus, EventView, Hello } from "../protocol/messages.ts";
import type { MissionView, Status, WaitResult } from "../protocol/mission.ts";
import type { TopView } from "../protocol/top.ts";
import type { Budget } from "../protocol/usage.ts";
import type { TerminalSize } from "../runner/terminal.ts";
import type { ApprovalRule } from "../settings/settings.ts";
import type { Inbox } from "./inbox/inbox.ts";
import type { PausedMission } from "./pause-mission.ts";
import type { AgentUpdate } from "./pipeline/change-rule.ts";
import type { PipelineDesk } from "./pipeline/pipeline-desk.ts";
import type { Pools } from "./queue/pools.ts";
import type { Spending } from "./spending/spending.ts";
import type { TakeOvers } from "./talk/take-overs.ts";
import type { Talks } from "./talk/talks.ts";
import type { TerminalDesk } from "./terminal-desk.ts";

/** What `run` makes; every field checked, defaults not yet filled in. */
export interface RunRequest {
  readonly command?: string | undefined;
  /** The command in its author's words, where they are others; people are shown these. */
  readonly shownCommand?: string | undefined;
  readonly argv?: readonly string[] | undefined;
  readonly name?: string | undefined;
  /** A service is a task that a blueprint keeps up. */
  readonly type: "task" | "session" | "service";
  readonly provider: string;
  readonly model?: string | undefined;
  readonly cwd?: string | undefined;
  /** Names to values; null: the daemon's own environment (a client that sent none). */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Entries whose bytes are no UTF-8, base64 of `NAME=value`. */
  readonly envBytes?: readonly string[] | undefined;
  readonly umask?: number | undefined;
  /** Soft limit of open descriptors. */
  readonly nofile?: number | undefined;
  readonly nice?: number | undefined;
  readonly parent?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly graceMs?: number | undefined;
  readonly stopSignal?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly successCodes?: readonly number[] | undefined;
  readonly keepLeftovers: boolean;
  /** `open`: stdin is a FIFO that `stdin` requests fill; `null`: /dev/null. */
  readonly stdin: "open" | "null";
  /** Removed after a successful end. */
  readonly removeAfter: boolean;
  readonly restart?: string | undefined;
  readonly maxRestarts?: number | undefined;
  readonly maxSeconds?: number | undefined;
  readonly backoffMs?: number | undefined;
  readonly backoffMaxMs?: number | undefined;
  readonly jitter?: number | undefined;
  readonly stableSeconds?: number | undefined;
  readonly activityTimeoutMs?: number | undefined;
  readonly onStall?: OnStall | undefined;
  readonly deadlineMs?: number | undefined;
  readonly memoryMaxBytes?: number | undefined;
  readonly onParentExit?: OnParentExit | undefined;
  readonly autoResume?: boolean | undefined;
  readonly onBudget?: OnBudget | undefined;
  readonly onAsk?: OnAsk | undefined;
  /** Before those of config.toml. */
  readonly approvals?: readonly ApprovalRule[] | undefined;
  /** Whose limits it meets; its provider's otherwise. */
  readonly account?: string | undefined;
  /** What it and all below it may spend. */
  readonly budget?: Partial<Budget> | undefined;
  /** Missions that have to end first, by id or name. */
  readonly after?: readonly string[] | undefined;
  readonly afterAny?: boolean | undefined;
  readonly delayMs?: number | undefined;
  readonly pool?: string | undefined;
  readonly priority?: number | undefined;
  /** The size of its terminal; undefined: it has none. */
  readonly terminal?: TerminalSize | undefined;
  /** Of a provider other than raw. */
  readonly agent?: AgentOptions | undefined;
}

/** What is said to an agent, beside its model. */
export interface AgentOptions {
  /** The words of `command` otherwise. */
  readonly prompt?: string | undefined;
  readonly permissionMode?: string | undefined;
  readonly allowTools?: readonly string[] | undefined;
  readonly systemPrompt?: string | undefined;
  readonly maxTurns?: number | undefined;
  readonly mcpConfig?: string | undefined;
  readonly providerArgs?: readonly string[] | undefined;
}

/** What `group` makes; every field checked, defaults not yet filled in. */
export interface GroupRequest {
  readonly name: string;
  readonly strategy: GroupSpec["strategy"];
  readonly maxRestarts?: number | undefined;
  readonly maxSeconds?: number | undefined;
  readonly parent?: string | undefined;
  readonly onParentExit?: OnParentExit | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** What `apply` makes: a blueprint that has been read and checked, and what its agents inherit of the caller. */
export interface ApplyRequest {
  readonly blueprint: Blueprint;
  readonly params: ParamValues;
  /** By agent, what its env_file says. */
  readonly agentEnv: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By agent, the JSON Schema that its result has to fit. */
  readonly schemas?: Readonly<Record<string, unknown>> | undefined;
  /** Whether agents of the file are left out. */
  readonly isPart?: boolean | undefined;
  /** Agents that count as done: the newest finished run of this name has to have completed them. */
  readonly behind?: readonly string[] | undefined;
  /** Once they were found. */
  readonly earlier?: EarlierWork | undefined;
  readonly name?: string | undefined;
  readonly parent?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly envBytes?: readonly string[] | undefined;
  readonly umask?: number | undefined;
  readonly nofile?: number | undefined;
  readonly nice?: number | undefined;
}

/** What an earlier run of a pipeline did already, so that a new one begins behind it. */
export interface EarlierWork {
  /** The id of that run. */
  readonly run: string;
  readonly steps: Readonly<Record<string, StepHistory>>;
  readonly skipped: readonly string[];
}

export interface ListFilter {
  readonly all?: boolean | undefined;
  readonly children?: string | undefined;
  readonly statuses?: readonly Status[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Rows of finished missions at most; undefined: no limit. */
  readonly limit?: number | undefined;
}

export interface EventFilter {
  /** Only events with a greater seq. */
  readonly since?: number | undefined;
  readonly mission?: string | undefined;
  /** A glob such as `mission.*`. */
  readonly type?: string | undefined;
}

/**
 * The daemon as commands see it. A `reference` is an id or a name; where nothing bears it,
 * OvermindError not_found is thrown.
 */
export interface DaemonContext {
  readonly paths: HomePaths;
  hello(): Hello;
  status(): DaemonStatus;
  /** Ends the daemon once the reply is out; with `kill` stops every mission first. Answers how many agents keep running. */
  shutdown(options: { kill: boolean }): Promise<{ live: number }>;

  run(request: RunRequest): Promise<{ id: string; name: string }>;
  /** Makes a mission that holds others, and runs nothing itself. */
  group(request: GroupRequest): { id: string; name: string };
  /**
   * Makes a mission that runs the agents of a blueprint, and ends when they have. Where one runs
   * already that came from the same file, it is changed: `changes` says how.
   */
  apply(request: ApplyRequest): { id: string; name: string; changes?: readonly AgentUpdate[] };
  readonly pipelines: PipelineDesk;
  find(reference: string): MissionView;
  /** Oldest first; `more` counts the finished ones that the limit left out. */
  list(filter: ListFilter): { missions: MissionView[]; more: number };
  /** Resolves when the mission is final and nothing of it is left. A final one is left as it is. */
  stop(reference: string, options: { cascade: boolean; by: string }): Promise<void>;
  kill(reference: string, options: { cascade: boolean; by: string }): Promise<void>;
  killAll(options: { by: string }): Promise<number>;
  /**
   * Ends the running attempt, if any, as `stop` does, and starts the next one.
   *
   * @param options `fresh`: an agent begins a new conversation
   * @throws OvermindError not_session for a command that is to begin one
   */
  restart(reference: string, options: { by: string; fresh?: boolean }): Promise<void>;
  /** Sends a signal to the agent's process group. */
  signal(reference: string, signal: string, options: { by: string }): void;
  /**
   * Stops a running mission's whole tree where it stands; a paused one is left as it is. A session
   * whose conversation can be opened elsewhere ends its agent instead.
   *
   * @throws OvermindError not_running
   */
  pause(reference: string, options: { by: string }): Promise<PausedMission>;
  unpause(reference: string, options: { by: string }): Promise<void>;
  readonly pools: Pools;
  wait(reference: string, options: { for?: readonly Status[] | undefined; signal: AbortSignal }): Promise<WaitResult>;
  remove(reference: string): void;
  /** Forgets finished missions; answers their ids. */
  prune(options: { olderThanMs?: number | undefined; statuses?: readonly Status[] | undefined }): Promise<string[]>;
  /** Talks with agents: of sessions, and of what tasks answered. */
  readonly talks: Talks;
  /** Conversations that people hold in the agent's own program. */
  readonly takeOvers: TakeOvers;
  /** What waits for a person, over all missions. */
  readonly inbox: Inbox;
  /** The terminals of missions that have one, and how a person joins a mission. */
  readonly terminals: TerminalDesk;
  /** Accounts and their limits, what was used, budgets. */
  readonly spending: Spending;
  writeStdin(reference: string, bytes: Buffer): Promise<void>;
  closeStdin(reference: string): Promise<void>;

  /** What a mission printed, as pieces of whole lines; see output/read-log.ts. */
  readLog(reference: string, options: ReadOptions): AsyncGenerator<LogPiece>;
  /** Past events, then with `follow` the coming ones until the signal aborts. */
  events(filter: EventFilter & { follow: boolean; signal: AbortSignal }): AsyncGenerator<EventView>;
  /** What live missions use, measured again and again until the signal aborts. */
  top(options: { intervalMs: number; signal: AbortSignal }): AsyncGenerator<TopView>;
  /** The newest `limit` events of a mission, oldest first, and the mission; null: it was removed. */
  story(reference: string, limit: number): { mission: MissionView | null; events: EventView[] };
  /** What config.toml says, what is in force, and where it comes from. */
  config(): ConfigView;
  readonly hooks: {
    views(): HookView[];
    /** Has deliveries that were given up tried again, of these hooks or of all; answers how many. */
    retry(names: readonly string[]): number;
  };
}
