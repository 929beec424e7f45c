import type { Body, Dialect, Reply } from "./answer.ts";

const usage = { prompt_tokens: 100, completion_tokens: 7, total_tokens: 107 };

/** OpenAI's chat completions. */
export const chat: Dialect = {
  path: /^\/v1\/chat\/completions(\?|$)/,
  shell: (command) => ({ tool: "bash", input: { command, description: "Run a command" } }),
  read: (body) => ({
    userTexts: messagesOf(body, "user").flatMap(({ content }) => textsOf(content)),
    toolResults: messagesOf(body, "tool").map(({ content }) => textsOf(content).join("")),
    instructions: messagesOf(body, "system")
      .flatMap(({ content }) => textsOf(content))
      .join("\n"),
    tools: (body.tools ?? []).map((tool: Body) => tool.function?.name),
  }),
  stream: (reply) => {
    const { call } = reply;
    const tool = { index: 0, id: `call_${reply.id}`, type: "function", function: nameAndInput(call) };
    return {
      before: [
        { data: chunk(reply, { role: "assistant", content: "" }) },
        ...(call ? [{ data: chunk(reply, { tool_calls: [tool] }) }] : []),
      ],
      piece: (content) => ({ data: chunk(reply, { content }) }),
      after: [
        { data: chunk(reply, {}, finishOf(reply)) },
        { data: { ...chunk(reply, {}), choices: [], usage } },
        { data: "[DONE]" },
      ],
    };
  },
  whole: (reply) => {
    const message = { role: "assistant", content: reply.text };
    return { ...base(reply), object: "chat.completion", choices: [{ index: 0, message, finish_reason: finishOf(reply) }], usage };
  },
  error: (status, message) => ({ error: { message, type: status === 429 ? "rate_limit_exceeded" : "api_error", code: null } }),
};

const base = ({ id, model }: Reply) => ({ id: `chatcmpl_${id}`, created: 1_795_000_000, model });

function chunk(reply: Reply, delta: object, finish_reason: string | null = null): object {
  return { ...base(reply), object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] };
}

const finishOf = ({ call, isRefusal }: Reply): string => (call ? "tool_calls" : isRefusal ? "content_filter" : "stop");

const nameAndInput = (call: Reply["call"]) => ({ name: call?.tool, arguments: JSON.stringify(call?.input) });

const messagesOf = (body: Body, role: string): Body[] => (body.messages ?? []).filter((message: Body) => message.role === role);

const textsOf = (content: Body): string[] =>
  typeof content === "string" ? [content] : (content ?? []).flatMap(({ text }: Body) => (text === undefined ? [] : [text]));
