import type { Body, Dialect, Reply, ServerEvent } from "./answer.ts";

/** OpenAI's responses. */
export const responses: Dialect = {
  path: /^\/v1\/responses(\?|$)/,
  shell: (command) => ({ tool: "exec_command", input: { cmd: command } }),
  read: (body) => ({
    userTexts: itemsOf(body).flatMap(({ role, content }) => (role === "user" ? textsOf(content) : [])),
    toolResults: itemsOf(body).flatMap(({ type, output }) =>
      type === "function_call_output" ? [typeof output === "string" ? output : textsOf(output).join("")] : [],
    ),
    instructions: [
      body.instructions ?? "",
      ...itemsOf(body).flatMap(({ role, content }) => (role === "developer" ? textsOf(content) : [])),
    ].join("\n"),
    tools: (body.tools ?? []).map(({ name, type }: Body) => name ?? type),
  }),
  stream: (reply) => {
    const done = itemOf(reply);
    const opened = reply.call ? done : { ...done, content: [] };
    return {
      before: [
        named({ type: "response.created", response: { id: `resp_${reply.id}` } }),
        named({ type: "response.output_item.added", output_index: 0, item: opened }),
      ],
      piece: (delta) =>
        named({ type: "response.output_text.delta", item_id: `item_${reply.id}`, output_index: 0, content_index: 0, delta }),
      after: reply.isRefusal
        ? [named(refusalOf(reply))]
        : [
            named({ type: "response.output_item.done", output_index: 0, item: done }),
            named({ type: "response.completed", response: whole(reply) }),
          ],
    };
  },
  whole,
  error: (status, message) => ({
    error: { message, type: status === 429 ? "rate_limit_exceeded" : "invalid_request_error", code: null, param: null },
  }),
};

const named = (data: { type: string; [more: string]: unknown }): ServerEvent => ({ name: data.type, data });

function whole(reply: Reply): object {
  const usage = {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 107,
  };
  return { id: `resp_${reply.id}`, object: "response", status: "completed", model: reply.model, output: [itemOf(reply)], usage };
}

const refusalOf = (reply: Reply) => ({
  type: "response.incomplete",
  response: { id: `resp_${reply.id}`, status: "incomplete", incomplete_details: { reason: "content_filter" } },
});

function itemOf({ id, call, text }: Reply): object {
  if (call === null) {
    return {
      id: `item_${id}`,
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text }],
    };
  }
  const args = JSON.stringify(call.input);
  return {
    id: `item_${id}`,
    type: "function_call",
    call_id: `call_${id}`,
    name: call.tool,
    arguments: args,
    status: "completed",
  };
}

const itemsOf = (body: Body): Body[] => (Array.isArray(body.input) ? body.input : []);

const textsOf = (content: Body): string[] =>
  typeof content === "string" ? [content] : (content ?? []).flatMap(({ text }: Body) => (text === undefined ? [] : [text]));
