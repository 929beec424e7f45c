/** What was used: of a turn, a mission, a tree, an account. The kinds of input are apart and never counted twice. */
export interface TokenUsage {
  /** Input that no cache answered. */
  readonly input_tokens: number;
  /** Input read from a cache. */
  readonly cached_tokens: number;
  /** Input written to a cache. */
  readonly cache_write_tokens: number;
  /** Output with reasoning. */
  readonly output_tokens: number;
  /** The part of the output that was reasoning. */
  readonly reasoning_tokens: number;
  /** US dollars as agents say; null: none says. */
  readonly cost_usd: number | null;
}

/** One line of `usage`. */
export interface UsageRow extends TokenUsage {
  /** What the line is about: an id, a provider, an account, a day. */
  readonly key: string;
  /** Of a mission its name; null for everything else. */
  readonly name: string | null;
  readonly turns: number;
  /** Turns of agents that told no cost, of which `cost_usd` knows nothing. */
  readonly turns_without_cost: number;
}

export const usageKeys = ["mission", "provider", "account", "model", "day", "turn"] as const;
export type UsageKey = (typeof usageKeys)[number];

/** What one budget counts as tokens: reads from a cache do not count. */
export const countedTokens = (usage: Pick<TokenUsage, "input_tokens" | "cache_write_tokens" | "output_tokens">): number =>
  usage.input_tokens + usage.cache_write_tokens + usage.output_tokens;

/** Bounds of what a mission and all below it may spend together; null: no bound. */
export interface Budget {
  readonly max_cost: number | null;
  readonly max_tokens: number | null;
  readonly max_turns: number | null;
}

/** A budget as it stands. */
export interface BudgetState extends Budget {
  /** Whether it was told that most of it is spent. */
  readonly is_warned: boolean;
}

/** What was spent of a budget. */
export interface Spent {
  readonly cost: number;
  readonly tokens: number;
  readonly turns: number;
}

/** A budget as `info` and `budget` answer it. */
export interface BudgetView extends Budget {
  readonly on_budget: "wait" | "stop";
  readonly spent: Spent;
  /** Of the bound that is nearest; 1 and more: it is spent. */
  readonly share: number;
}

/** One account as `accounts` answers it. */
export interface AccountView {
  readonly account: string;
  /** Of its missions; null: none is known any more. */
  readonly provider: string | null;
  readonly limited_until: string | null;
  /** Missions that wait for its limit. */
  readonly waiting: number;
  readonly running: number;
}
