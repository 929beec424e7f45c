import type { Body, Dialect, Reply, ServerEvent } from "./answer.ts";

const usage = { input_tokens: 100, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 7 };

const typeOfStatus: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  429: "rate_limit_error",
  529: "overloaded_error",
};

/** Anthropic's messages. */
export const anthropic: Dialect = {
  path: /^\/v1\/messages(\?|$)/,
  shell: (command) => ({ tool: "Bash", input: { command, description: "Run a command" } }),
  read: (body) => ({
    userTexts: blocksOf(body).flatMap(({ type, text }) => (type === "text" ? [text] : [])),
    toolResults: blocksOf(body).flatMap(({ type, content }) => (type === "tool_result" ? [textOf(content)] : [])),
    instructions: textOf(body.system),
    tools: (body.tools ?? []).map(({ name }: Body) => name),
  }),
  stream: (reply) => {
    const { call, isRefusal } = reply;
    const start = { type: "message_start", message: { ...messageOf(reply, []), stop_reason: null } };
    const open = call ? { type: "tool_use", id: `toolu_${reply.id}`, name: call.tool, input: {} } : { type: "text", text: "" };
    const input = { type: "input_json_delta", partial_json: JSON.stringify(call?.input) };
    return {
      before: [
        named(start),
        named({ type: "content_block_start", index: 0, content_block: open }),
        ...(call ? [named({ type: "content_block_delta", index: 0, delta: input })] : []),
      ],
      piece: (text) => named({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
      after: [
        named({ type: "content_block_stop", index: 0 }),
        named({
          type: "message_delta",
          delta: { stop_reason: call ? "tool_use" : isRefusal ? "refusal" : "end_turn", stop_sequence: null },
          usage,
        }),
        named({ type: "message_stop" }),
      ],
    };
  },
  whole: (reply) => messageOf(reply, [{ type: "text", text: reply.text }]),
  error: (status, message) => ({ type: "error", error: { type: typeOfStatus[status] ?? "api_error", message } }),
};

const named = (data: { type: string; [more: string]: unknown }): ServerEvent => ({ name: data.type, data });

function messageOf({ id, model, isRefusal }: Reply, content: readonly object[]): object {
  const stop_reason = isRefusal ? "refusal" : "end_turn";
  return { id: `msg_${id}`, type: "message", role: "assistant", model, content, stop_reason, stop_sequence: null, usage };
}

function blocksOf(body: Body): Body[] {
  const users = (body.messages ?? []).filter(({ role }: Body) => role === "user");
  return users.flatMap(({ content }: Body) => (typeof content === "string" ? [{ type: "text", text: content }] : content));
}

const textOf = (content: Body): string =>
  typeof content === "string" ? content : (content ?? []).map(({ text }: Body) => text ?? "").join("");
