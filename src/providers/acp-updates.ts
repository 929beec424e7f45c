import type { PermissionOption, RequestPermissionRequest, ToolCallStatus, ToolCallUpdate } from "@agentclientprotocol/sdk";
import type { PromptResponse, Usage as ToldUsage } from "@agentclientprotocol/sdk/unstable";
import type { Told } from "./acp-protocol.ts";
import { asObject, countIn, type JsonObject, numberIn, objectIn, objectsIn, textIn } from "./fields.ts";
import type { AgentEvent, PendingRequest, Usage } from "./normalised-event.ts";

/** What a `session/request_permission` asks. */
export function acpAsked(key: string, params: Told<RequestPermissionRequest>): PendingRequest {
  const call: Told<ToolCallUpdate> = objectIn(params, "toolCall");
  return {
    request_id: key,
    kind: "permission",
    tool: textIn(call, "name") ?? textIn(call, "kind") ?? "tool",
    input: call.rawInput ?? { title: textIn(call, "title") },
    description: textIn(call, "title"),
    options: objectsIn(params, "options").map((one: Told<PermissionOption>) => ({
      id: textIn(one, "optionId") ?? "",
      label: textIn(one, "name") ?? textIn(one, "optionId") ?? "",
      kind: textIn(one, "kind"),
    })),
  };
}

/** The call has ended, well or not. */
export function isOver(update: Told<ToolCallUpdate>): boolean {
  const status = textIn(update, "status") as ToolCallStatus | null;
  return status === "completed" || status === "failed";
}

export function acpToolUse(update: Told<ToolCallUpdate>, raw: JsonObject): AgentEvent {
  const tool = textIn(update, "name") ?? textIn(update, "kind") ?? textIn(update, "title") ?? "tool";
  return {
    type: "tool_use",
    id: textIn(update, "toolCallId") ?? "",
    tool,
    input: update.rawInput ?? { title: textIn(update, "title") },
    raw,
  };
}

export function acpToolResult(update: Told<ToolCallUpdate>, raw: JsonObject): AgentEvent {
  const output = asObject(update.rawOutput);
  const exit_code =
    numberIn(objectIn(output ?? {}, "metadata"), "exit") ??
    numberIn(objectIn(objectIn(update, "_meta"), "terminal_exit"), "exit_code");
  const is_error = textIn(update, "status") === "failed" || (exit_code ?? 0) !== 0;
  return {
    type: "tool_result",
    id: textIn(update, "toolCallId") ?? "",
    output: update.rawOutput ?? update.content ?? null,
    is_error,
    exit_code,
    raw,
  };
}

/**
 * What a prompt's result says of its turn, without cost; null when it says nothing. Agents differ in
 * whether the cached part is in the input: where the total leaves no room for it beside, it is.
 */
export function acpUsage(result: Told<PromptResponse>): Usage | null {
  const usage: Told<ToldUsage> | null = asObject(result.usage);
  if (usage === null) return quotaUsage(asObject(objectIn(objectIn(result, "_meta"), "quota")["token_count"]));
  const input = countIn(usage, "inputTokens");
  const cached = countIn(usage, "cachedReadTokens");
  const written = countIn(usage, "cachedWriteTokens");
  const output = countIn(usage, "outputTokens");
  const isInside = countIn(usage, "totalTokens") < input + cached + written + output;
  return {
    input_tokens: isInside ? Math.max(0, input - cached - written) : input,
    cached_tokens: cached,
    cache_write_tokens: written,
    output_tokens: output,
    reasoning_tokens: countIn(usage, "thoughtTokens"),
    cost_usd: null,
  };
}

function quotaUsage(count: JsonObject | null): Usage | null {
  if (count === null) return null;
  return {
    input_tokens: countIn(count, "input_tokens"),
    cached_tokens: 0,
    cache_write_tokens: 0,
    output_tokens: countIn(count, "output_tokens"),
    reasoning_tokens: 0,
    cost_usd: null,
  };
}
