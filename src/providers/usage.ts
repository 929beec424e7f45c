import type { Usage } from "./normalised-event.ts";

export const noUsage: Usage = {
  input_tokens: 0,
  cached_tokens: 0,
  cache_write_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  cost_usd: null,
};

/** Where an agent's running totals stand before its first line: at nothing, where the conversation is new. */
export function countersAtStart(options: { readonly counters: Usage | null; readonly resumes: string | null }): Usage | null {
  return options.counters ?? (options.resumes === null ? { ...noUsage, cost_usd: 0 } : null);
}

/** The sum. A cost that nobody told stays unknown. */
export function addUsage(one: Usage, other: Usage): Usage {
  return combine(one, other, (a, b) => a + b);
}

/**
 * What was used since `before`, where `now` is the agent's running total. A total below the former
 * one was begun anew, so it counts whole.
 */
export function usageSince(now: Usage, before: Usage): Usage {
  const isAnew =
    now.input_tokens + now.cached_tokens < before.input_tokens + before.cached_tokens || now.output_tokens < before.output_tokens;
  return isAnew ? now : combine(now, before, (a, b) => Math.max(0, a - b));
}

/** Cost since `before`, unknown where that is; a running total that shrank was begun anew. Dollars. */
export function costSince(now: number | null, before: number | null): number | null {
  if (now === null || before === null) return null;
  return now < before ? now : now - before;
}

function combine(one: Usage, other: Usage, with_: (a: number, b: number) => number): Usage {
  return {
    input_tokens: with_(one.input_tokens, other.input_tokens),
    cached_tokens: with_(one.cached_tokens, other.cached_tokens),
    cache_write_tokens: with_(one.cache_write_tokens, other.cache_write_tokens),
    output_tokens: with_(one.output_tokens, other.output_tokens),
    reasoning_tokens: with_(one.reasoning_tokens, other.reasoning_tokens),
    cost_usd: one.cost_usd === null && other.cost_usd === null ? null : with_(one.cost_usd ?? 0, other.cost_usd ?? 0),
  };
}
