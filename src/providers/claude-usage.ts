import { asObject, countIn, type JsonObject, numberIn, objectIn, objectsOf } from "./fields.ts";
import type { Usage } from "./normalised-event.ts";
import { addUsage, costSince, noUsage } from "./usage.ts";

/**
 * What a turn used, from its `result`. `model_usage_since_last_result` has it exactly, also for a turn
 * that was cut short; `usage` lacks that, and `total_cost_usd` counts the whole conversation.
 *
 * @param former `total_cost_usd` before the turn; null: unknown
 */
export function usageOfTurn(result: JsonObject, former: number | null): { usage: Usage; isExact: boolean } {
  const models = asObject(result["model_usage_since_last_result"]);
  if (models !== null) {
    const each = objectsOf(Object.values(models));
    return { usage: each.map(usageOfModel).reduce(addUsage, { ...noUsage, cost_usd: 0 }), isExact: true };
  }
  return {
    usage: { ...ownUsage(objectIn(result, "usage")), cost_usd: costSince(numberIn(result, "total_cost_usd"), former) },
    isExact: former !== null,
  };
}

function usageOfModel(model: JsonObject): Usage {
  return {
    input_tokens: countIn(model, "inputTokens"),
    cached_tokens: countIn(model, "cacheReadInputTokens"),
    cache_write_tokens: countIn(model, "cacheCreationInputTokens"),
    output_tokens: countIn(model, "outputTokens"),
    reasoning_tokens: countIn(model, "thinkingTokens"),
    cost_usd: numberIn(model, "costUSD"),
  };
}

/** The `usage` of one message or turn. */
export function ownUsage(usage: JsonObject): Usage {
  return {
    input_tokens: countIn(usage, "input_tokens"),
    cached_tokens: countIn(usage, "cache_read_input_tokens"),
    cache_write_tokens: countIn(usage, "cache_creation_input_tokens"),
    output_tokens: countIn(usage, "output_tokens"),
    reasoning_tokens: countIn(objectIn(usage, "output_tokens_details"), "thinking_tokens"),
    cost_usd: null,
  };
}
