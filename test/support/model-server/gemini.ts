import type { Body, Dialect, Reply } from "./answer.ts";

const statusWord: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  429: "RESOURCE_EXHAUSTED",
  503: "UNAVAILABLE",
};

/** Gemini's content generation. */
export const gemini: Dialect = {
  path: /:(streamGenerateContent|generateContent)(\?|$)/,
  shell: (command) => ({ tool: "run_shell_command", input: { command, description: "Run a command" } }),
  read: (body) => ({
    userTexts: partsOf(body).flatMap(({ text }) => (text === undefined ? [] : [text])),
    toolResults: partsOf(body).flatMap(({ functionResponse }) =>
      functionResponse === undefined
        ? []
        : [String(functionResponse.response?.output ?? JSON.stringify(functionResponse.response))],
    ),
    instructions: (body.systemInstruction?.parts ?? []).map(({ text }: Body) => text ?? "").join(""),
    tools: (body.tools ?? []).flatMap(({ functionDeclarations }: Body) =>
      (functionDeclarations ?? []).map(({ name }: Body) => name),
    ),
  }),
  stream: (reply) => ({
    before: reply.call ? [{ data: chunk(reply, [{ functionCall: { name: reply.call.tool, args: reply.call.input } }]) }] : [],
    piece: (text) => ({ data: chunk(reply, [{ text }]) }),
    after: [{ data: last(reply) }],
  }),
  whole: (reply) => last(reply, [{ text: reply.text }]),
  error: (code, message) => ({ error: { code, message, status: statusWord[code] ?? "UNKNOWN" } }),
};

function chunk({ id, model }: Reply, parts: readonly object[]): Body {
  return { responseId: `resp_${id}`, modelVersion: model, candidates: [{ index: 0, content: { role: "model", parts } }] };
}

function last(reply: Reply, parts: readonly object[] = [{ text: "" }]): object {
  const whole = chunk(reply, reply.isRefusal ? [] : parts);
  whole.candidates[0].finishReason = reply.isRefusal ? "SAFETY" : "STOP";
  whole.usageMetadata = { promptTokenCount: 100, candidatesTokenCount: 7, totalTokenCount: 107 };
  return whole;
}

function partsOf(body: Body): Body[] {
  return (body.contents ?? []).flatMap(({ role, parts }: Body) => (role === "model" ? [] : (parts ?? [])));
}
