import { countIn, type JsonObject } from "./fields.ts";
import type { Usage } from "./normalised-event.ts";

/** A running total as `exec` tells it; its input holds the cached part too. */
export function usageOfExec(total: JsonObject): Usage {
  return usageOf({
    input: countIn(total, "input_tokens"),
    cached: countIn(total, "cached_input_tokens"),
    written: countIn(total, "cache_write_input_tokens"),
    output: countIn(total, "output_tokens"),
    reasoning: countIn(total, "reasoning_output_tokens"),
  });
}

/** The same as the app-server tells it. */
export function usageOfThread(total: JsonObject): Usage {
  return usageOf({
    input: countIn(total, "inputTokens"),
    cached: countIn(total, "cachedInputTokens"),
    written: countIn(total, "cacheWriteInputTokens"),
    output: countIn(total, "outputTokens"),
    reasoning: countIn(total, "reasoningOutputTokens"),
  });
}

function usageOf(counts: { input: number; cached: number; written: number; output: number; reasoning: number }): Usage {
  return {
    input_tokens: Math.max(0, counts.input - counts.cached - counts.written),
    cached_tokens: counts.cached,
    cache_write_tokens: counts.written,
    output_tokens: counts.output,
    reasoning_tokens: counts.reasoning,
    cost_usd: null,
  };
}
