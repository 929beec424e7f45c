#!/usr/bin/env node
// Stands for an agent's CLI, under whose name it is called. With FAKE_TRANSCRIPT it takes its prompt as
// the real one would, prints that file and exits with FAKE_EXIT; as claude without one it holds a
// conversation, which it keeps in FAKE_STATE so that another process can go on with it.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";

const name = basename(process.argv[1]);
const words = process.argv.slice(2);
const { FAKE_TRANSCRIPT: transcript, FAKE_EXIT: exitCode = "0", FAKE_STATE: state = "." } = process.env;
const flagValue = (flag) => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined);
const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

appendFileSync(join(state, "calls"), `${JSON.stringify({ name, words, env: process.env.GEMINI_CLI_NO_RELAUNCH ?? null })}\n`);

if (words.includes("--acp")) await speakAcp();
else if (transcript !== undefined) await replay();
else await converse();

async function replay() {
  if (name !== "claude") {
    const pieces = [];
    for await (const piece of process.stdin) pieces.push(piece);
    finish(Buffer.concat(pieces).toString());
    return;
  }
  let isPlayed = false;
  for await (const line of createInterface({ input: process.stdin })) {
    const said = JSON.parse(line);
    if (said.type === "control_request")
      say({ type: "control_response", response: { subtype: "success", request_id: said.request_id } });
    if (said.type !== "user" || isPlayed) continue;
    isPlayed = true;
    writeFileSync(join(state, "prompt"), said.message.content[0].text);
    process.stdout.write(readFileSync(transcript, "utf8"));
  }
  // A task's input ends after its first turn; a real one then exits too.
  process.exitCode = Number(exitCode);
}

function finish(prompt) {
  writeFileSync(join(state, "prompt"), prompt);
  process.stdout.write(readFileSync(transcript, "utf8"));
  process.exitCode = Number(exitCode);
}

async function converse() {
  const session_id = flagValue("--resume") ?? flagValue("--session-id");
  const file = join(state, `conversation-${session_id}`);
  const said = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  const queue = [];
  let current = null;
  let cost = 0;

  const end = (fields) => {
    current = null;
    cost += 0.01;
    const usage = { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
    say({
      type: "result",
      subtype: "success",
      is_error: false,
      session_id,
      duration_ms: 5,
      total_cost_usd: cost,
      usage,
      ...fields,
    });
    next();
  };
  const next = () => {
    if (current !== null || queue.length === 0) return;
    current = queue.shift();
    const { uuid, text } = current;
    say({ type: "system", subtype: "init", session_id, model: "fake" });
    say({ type: "user", isReplay: true, uuid, session_id, message: { role: "user", content: [{ type: "text", text }] } });
    said.push(text);
    appendFileSync(file, `${text}\n`);
    if (text === "die") process.kill(process.pid, "SIGKILL");
    if (text === "hang") return;
    if (text === "ask") {
      const request = { subtype: "can_use_tool", tool_name: "Bash", input: { command: "ls" }, tool_use_id: "t1" };
      say({ type: "control_request", request_id: "r1", request });
      return;
    }
    const delay = /^slow (\d+)/.exec(text)?.[1] ?? "0";
    setTimeout(answer, Number(delay), current);
  };
  const answer = (turn) => {
    if (current !== turn) return;
    const text = `${said.length}: ${turn.text}`;
    say({ type: "assistant", session_id, message: { role: "assistant", content: [{ type: "text", text }] } });
    end({ result: text });
  };

  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line);
    if (message.type === "user") {
      queue.push({ uuid: message.uuid, text: message.message.content[0].text });
      if (current !== null) say({ type: "command_lifecycle", command_uuid: message.uuid, state: "queued", session_id });
      next();
    }
    if (message.type === "control_response") end({ result: message.response.response.behavior });
    if (message.type !== "control_request") continue;
    say({ type: "control_response", response: { subtype: "success", request_id: message.request_id } });
    if (message.request.subtype === "interrupt" && current !== null)
      end({ subtype: "error_during_execution", is_error: true, terminal_reason: "aborted_streaming" });
  }
}

async function speakAcp() {
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params } = JSON.parse(line);
    const reply = (result) => say({ jsonrpc: "2.0", id, result });
    if (method === "initialize") reply({ protocolVersion: 1, agentCapabilities: {}, authMethods: [] });
    if (method === "session/new") reply({ sessionId: "acp-session" });
    if (method !== "session/prompt") continue;
    const content = { type: "text", text: `you said ${params.prompt[0].text}` };
    const update = { sessionUpdate: "agent_message_chunk", content };
    say({ jsonrpc: "2.0", method: "session/update", params: { sessionId: "acp-session", update } });
    reply({ stopReason: "end_turn", usage: { inputTokens: 3, outputTokens: 2 } });
  }
}
