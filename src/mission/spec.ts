import type { BootMoment } from "../base/boot-moment.ts";
import type { MissionType, RestartPolicy } from "../protocol/mission.ts";
import type { Budget } from "../protocol/usage.ts";
import type { AgentRequest } from "../providers/provider.ts";
import type { ApprovalRule } from "../settings/settings.ts";

/** What a mission is asked to be: fixed when it is made, kept as JSON in its row and beside its files. */
export interface MissionSpec {
  readonly id: string;
  readonly name: string;
  readonly type: MissionType;
  readonly provider: string;
  readonly model: string | null;
  /** As a person would type it. */
  readonly command: string;
  /** What a shell runs, where `command` shows it in other words: variables stand for a blueprint's references. */
  readonly shellLine?: string;
  /** Words run without a shell; null: `command` is a shell line. */
  readonly argv: readonly string[] | null;
  readonly cwd: string;
  readonly parent: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: number;
  /** The same on the clock that nobody can set; absent in what an older version made. */
  readonly createdMoment?: BootMoment;
  readonly umask: number | null;
  readonly nofile: number | null;
  readonly nice: number | null;
  readonly stdin: "open" | "null";
  readonly removeAfter: boolean;
  readonly policy: MissionPolicy;
  /** What it waits for before its first attempt; null: nothing. */
  readonly queue: QueueSpec | null;
  /** How a mission of type `group` keeps its members; null for every other. */
  readonly group: GroupSpec | null;
  /** What an agent is asked to do; null for a command. */
  readonly agent: AgentRequest | null;
  /** Rules for what the agent asks, before those of config.toml. Missing in specs of former versions. */
  readonly approvals?: readonly ApprovalRule[];
  /** The size of its terminal while nobody is attached; null: it has none. */
  readonly terminal: { readonly columns: number; readonly rows: number } | null;
  /** Whose limits it meets, where that is not all missions of its provider. */
  readonly account?: string | null;
  /** What it, and all below it, may spend when it is made. */
  readonly budget?: Budget | null;
}

/** The account whose limits a mission meets; null for a command. */
export const accountOf = ({ agent, account, provider }: MissionSpec): string | null =>
  agent == null ? null : (account ?? provider);

/** Whether it has no process of its own: it lasts as long as what it holds. */
export const holdsMembers = ({ type }: MissionSpec): boolean => type === "group" || type === "blueprint";

export interface QueueSpec {
  /** Ids of missions that have to end first. */
  readonly after: readonly string[];
  /** Whether any end will do; otherwise each has to end with success. */
  readonly afterAny: boolean;
  /** Epoch ms before which it does not start; null: none. */
  readonly notBefore: number | null;
  /** The pool whose slot it needs; null: none. */
  readonly pool: string | null;
  /** Greater starts first. */
  readonly priority: number;
}

export const groupStrategies = ["one_for_one", "one_for_all", "rest_for_one"] as const;

/** As a supervisor of Erlang/OTP: which members start again when one crashes, and when it gives up. */
export interface GroupSpec {
  readonly strategy: (typeof groupStrategies)[number];
  readonly maxRestarts: number;
  readonly maxSeconds: number;
}

export interface MissionPolicy extends RestartRule {
  readonly graceMs: number;
  readonly stopSignal: NodeJS.Signals;
  /** Bound of one attempt; null: none. */
  readonly timeoutMs: number | null;
  readonly keepLeftovers: boolean;
  /** Silence after which the attempt counts as stalled; null: it never does. */
  readonly activityTimeoutMs: number | null;
  readonly onStall: OnStall;
  /** Bound of the whole mission, from when it was made; null: none. */
  readonly deadlineMs: number | null;
  /** Resident bytes of the whole tree above which the attempt is ended; null: no bound. */
  readonly memoryMaxBytes: number | null;
  readonly onParentExit: OnParentExit;
  /** Whether it goes on by itself once a limit that it met is over. */
  readonly autoResume: boolean;
  /** How often it does so at most; 0: no bound. */
  readonly maxResumes: number;
  readonly onBudget: OnBudget;
  /** Missing in specs of former versions. */
  readonly onAsk?: OnAsk;
}

export const onStallChoices = ["kill", "notify", "interrupt"] as const;
/** `interrupt` asks with SIGINT first. */
export type OnStall = (typeof onStallChoices)[number];
export const onParentExitChoices = ["keep", "stop", "kill"] as const;
export type OnParentExit = (typeof onParentExitChoices)[number];
export const onBudgetChoices = ["wait", "stop"] as const;
/** What becomes of a mission that spent its budget: it waits for a person, or ends. */
export type OnBudget = (typeof onBudgetChoices)[number];

export const onAskChoices = ["ask", "deny"] as const;
/** What becomes of what an agent asks and no rule answers: a person is asked, or it is denied at once. */
export type OnAsk = (typeof onAskChoices)[number];

export interface RestartRule {
  readonly restart: RestartPolicy;
  readonly successCodes: readonly number[];
  /** 0: never give up. */
  readonly maxRestarts: number;
  readonly maxSeconds: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** Share of the delay by which it varies, 0 to 1. */
  readonly jitter: number;
  readonly stableSeconds: number;
}

export const defaultPolicy: MissionPolicy = {
  restart: "never",
  successCodes: [0],
  maxRestarts: 5,
  maxSeconds: 60,
  backoffMs: 1000,
  backoffMaxMs: 60_000,
  jitter: 0.1,
  stableSeconds: 60,
  graceMs: 10_000,
  stopSignal: "SIGTERM",
  timeoutMs: null,
  keepLeftovers: false,
  activityTimeoutMs: null,
  onStall: "kill",
  deadlineMs: null,
  memoryMaxBytes: null,
  onParentExit: "keep",
  autoResume: true,
  maxResumes: 20,
  onBudget: "wait",
  onAsk: "ask",
};
