import type { Expression } from "./expression.ts";
import type { agentTypes, conditions, onFailureChoices, paramTypes, providers, strategies } from "./format.ts";
import type { Template } from "./template.ts";

export type Condition = (typeof conditions)[number];
export type AgentType = (typeof agentTypes)[number];
export type Provider = (typeof providers)[number];
export type Strategy = (typeof strategies)[number];

/** A checked blueprint: every reference leads somewhere, and there is an order in which all can run. */
export interface Blueprint {
  readonly name: string;
  readonly description: string | null;
  /** Absolute paths; the first is the one that was asked for, the others were included. */
  readonly files: readonly string[];
  /** Absolute; where `${blueprint.dir}` leads. */
  readonly directory: string;
  /** Null: no bound. */
  readonly maxParallel: number | null;
  readonly onFailure: (typeof onFailureChoices)[number];
  readonly timeoutMs: number | null;
  /** Whether services go on when all tasks have ended; missing in what a former version kept. */
  readonly keepsServices?: boolean;
  /** Of all services that have none of their own. Null: each stands alone. */
  readonly strategy: Strategy | null;
  readonly params: ReadonlyMap<string, Param>;
  /** In the order of the files. */
  readonly agents: ReadonlyMap<string, Agent>;
}

export interface Param {
  readonly name: string;
  readonly type: (typeof paramTypes)[number];
  /** Undefined: none. */
  readonly default: unknown;
  readonly isRequired: boolean;
  readonly choices: readonly unknown[] | null;
  readonly description: string | null;
}

export interface Dependency {
  readonly agent: string;
  readonly condition: Condition;
}

export interface Agent {
  readonly name: string;
  readonly description: string | null;
  /** Exactly one of these four, but a session of an agent provider may have none: it waits for messages. */
  readonly work: Work;
  readonly provider: Provider;
  readonly type: AgentType;
  readonly model: string | null;
  /** Of a provider other than raw. */
  readonly options: AgentOptions;
  readonly budget: AgentBudget;
  /** Absolute. */
  readonly cwd: string;
  readonly env: ReadonlyMap<string, Template>;
  /** Absolute; later ones win. */
  readonly envFiles: readonly string[];
  readonly policy: AgentPolicy;
  readonly labels: Readonly<Record<string, string>>;
  readonly dependsOn: readonly Dependency[];
  readonly when: Expression | null;
  /** Further tries after a failure. */
  readonly retry: number;
  readonly verify: readonly Template[];
  /** How often a failed verify is sent back to a session. */
  readonly verifyRounds: number;
  readonly ready: Ready | null;
  readonly expects: "text" | "json";
  /** Absolute path of a JSON Schema. */
  readonly schema: string | null;
  readonly fanOut: FanOut | null;
  /** Of a fan-out. */
  readonly maxParallel: number | null;
  /** Of a fan-out of services. */
  readonly strategy: Strategy | null;
  readonly isFinally: boolean;
}

export type Work =
  | { readonly is: "command"; readonly line: Template }
  | { readonly is: "argv"; readonly words: readonly Template[] }
  /** `program`: of acp the words to run, of all others none. */
  | { readonly is: "prompt"; readonly text: Template; readonly program: readonly Template[] }
  | { readonly is: "nothing" };

/** What is said to an agent, beside its model and prompt. */
export interface AgentOptions {
  readonly permissionMode: string | undefined;
  readonly allowTools: readonly string[] | undefined;
  readonly systemPrompt: Template | undefined;
  /** Absolute. */
  readonly mcpConfig: string | undefined;
  readonly providerArgs: readonly string[] | undefined;
  readonly account: string | undefined;
}

/** What it, and all below it, may spend. */
export interface AgentBudget {
  readonly maxCostUsd: number | undefined;
  readonly maxTokens: number | undefined;
  readonly maxTurns: number | undefined;
}

/** As `run` takes it; what is undefined was not said, so that the daemon's defaults hold. */
export interface AgentPolicy {
  readonly restart: "never" | "on_failure" | "always" | undefined;
  readonly maxRestarts: number | undefined;
  readonly maxSeconds: number | undefined;
  readonly backoffMs: number | undefined;
  readonly activityTimeoutMs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly graceMs: number | undefined;
  readonly onStall: "kill" | "notify" | "interrupt" | undefined;
  readonly successCodes: readonly number[] | undefined;
  readonly onAsk: "ask" | "deny" | undefined;
  readonly onBudget: "wait" | "stop" | undefined;
  readonly approvals: readonly Approval[] | undefined;
}

/** How what an agent asks is answered, as one `[[approvals]]` of config.toml. Null: anything, anywhere. */
export interface Approval {
  readonly tool: string;
  readonly match: string | null;
  readonly mission: null;
  readonly labels: readonly [];
  readonly provider: null;
  readonly answer: "allow" | "deny" | "ask";
  readonly message: string | null;
}

/** All that are given have to hold. */
export interface Ready {
  readonly log: string | null;
  readonly http: Template | null;
  readonly command: Template | null;
  readonly timeoutMs: number;
}

/** More than one process for an agent. `items`: a list that is known, or a reference to one that an agent makes. */
export type FanOut =
  | { readonly is: "replicas"; readonly count: number }
  | { readonly is: "matrix"; readonly combinations: readonly Readonly<Record<string, string | number | boolean>>[] }
  | { readonly is: "foreach"; readonly items: readonly unknown[] | Template };
