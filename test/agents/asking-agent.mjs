#!/usr/bin/env node
// Stands for an agent that asks before it uses tools, as claude or, with --acp, by the Agent Client Protocol. Its
// prompt is a JSON list of what it asks for: {tool, input, options?}. It asks for all at once, waits for all answers,
// and its turn's text is the list of them. Each answer is also a line of the file `answers` in FAKE_STATE.
import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);
const keep = (answer) => appendFileSync(join(process.env.FAKE_STATE, "answers"), `${JSON.stringify(answer)}\n`);
const lines = createInterface({ input: process.stdin });

if (process.argv.includes("--acp")) await speakAcp();
else await speakClaude();

async function speakClaude() {
  const flagValue = (flag) => process.argv[process.argv.indexOf(flag) + 1];
  const session_id = process.argv.includes("--resume") ? flagValue("--resume") : flagValue("--session-id");
  let waiting = new Map();
  let answers = [];
  const end = (fields) => {
    waiting = new Map();
    say({ type: "result", subtype: "success", is_error: false, session_id, usage: {}, ...fields });
  };
  for await (const line of lines) {
    const said = JSON.parse(line);
    if (said.type === "user") {
      const { text } = said.message.content[0];
      say({ type: "system", subtype: "init", session_id, model: "fake" });
      say({ ...said, isReplay: true, session_id });
      answers = [];
      for (const { tool, input, suggestions = [] } of JSON.parse(text)) {
        const request_id = randomUUID();
        waiting.set(request_id, `tool-${request_id}`);
        const request = { tool_name: tool, input, permission_suggestions: suggestions, tool_use_id: `tool-${request_id}` };
        say({ type: "control_request", request_id, request: { subtype: "can_use_tool", ...request } });
      }
      if (waiting.size === 0) end({ result: "[]" });
    }
    if (said.type === "control_response") {
      const { request_id, response } = said.response;
      keep(response);
      answers.push(response);
      const result = { type: "tool_result", tool_use_id: waiting.get(request_id), content: "done", is_error: false };
      waiting.delete(request_id);
      say({ type: "user", session_id, message: { role: "user", content: [result] } });
      if (waiting.size === 0) end({ result: JSON.stringify(answers) });
    }
    if (said.type === "control_request") {
      say({ type: "control_response", response: { subtype: "success", request_id: said.request_id } });
      if (said.request.subtype !== "interrupt") continue;
      for (const request_id of waiting.keys()) say({ type: "control_cancel_request", request_id });
      end({ subtype: "error_during_execution", is_error: true, terminal_reason: "aborted_tools" });
    }
  }
}

async function speakAcp() {
  const waiting = new Set();
  let answers = [];
  let prompt = null;
  const reply = (id, result) => say({ jsonrpc: "2.0", id, result });
  const update = (change) =>
    say({ jsonrpc: "2.0", method: "session/update", params: { sessionId: "acp-session", update: change } });
  for await (const line of lines) {
    const { id, method, params, result } = JSON.parse(line);
    if (method === "initialize") reply(id, { protocolVersion: 1, agentCapabilities: {}, authMethods: [] });
    if (method === "session/new") reply(id, { sessionId: "acp-session" });
    if (method === "session/prompt") {
      prompt = id;
      for (const [index, { tool, input, options }] of JSON.parse(params.prompt[0].text).entries()) {
        const toolCall = { toolCallId: `call-${index}`, kind: tool, title: tool, rawInput: input };
        waiting.add(index);
        say({ jsonrpc: "2.0", id: index, method: "session/request_permission", params: { toolCall, options } });
      }
    }
    if (method !== undefined || result === undefined || !waiting.delete(id)) continue;
    keep(result.outcome);
    answers.push(result.outcome);
    update({ sessionUpdate: "tool_call_update", toolCallId: `call-${id}`, status: "completed", rawOutput: "done" });
    if (waiting.size > 0) continue;
    update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: JSON.stringify(answers) } });
    reply(prompt, { stopReason: "end_turn", usage: { inputTokens: 3, outputTokens: 2 } });
    answers = [];
  }
}
