#!/usr/bin/env node
// Stands for an agent's CLI, under whose name it is called. With FAKE_TRANSCRIPT it takes its prompt as
// the real one would, prints that file and exits with FAKE_EXIT; without one it holds a conversation
// by its own protocol, or, called as its terminal program, with whoever sits there.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { speakAcp } from "./fake-acp.mjs";
import { serveApp } from "./fake-app-server.mjs";
import { conversation, isKnown, isStubborn, noteEnd, react } from "./fake-turns.mjs";

const name = basename(process.argv[1]);
const words = process.argv.slice(2);
const { FAKE_TRANSCRIPT: transcript, FAKE_EXIT: exitCode = "0", FAKE_STATE: state = "." } = process.env;
const flagValue = (flag) => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined);
const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

appendFileSync(join(state, "calls"), `${JSON.stringify({ name, words, env: process.env.GEMINI_CLI_NO_RELAUNCH ?? null })}\n`);

const terminalSession = sessionOfTerminal();
if (words.includes("--acp") || words[0] === "acp") await speakAcp(name, say);
else if (words[0] === "app-server") await serveApp(say);
else if (terminalSession !== undefined) await sitAtTerminal(terminalSession);
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
  const resumed = flagValue("--resume");
  const session_id = resumed ?? flagValue("--session-id");
  if (resumed !== undefined && (!isKnown(resumed) || process.env.FAKE_RESUME === "fails")) {
    const errors = [`No conversation found with session ID: ${resumed}`];
    say({ type: "result", subtype: "error_during_execution", is_error: true, session_id, errors });
    process.exit(1);
  }
  const { said, add } = conversation(session_id);
  const queue = [];
  let current = null;
  let cost = 0;

  const end = (fields) => {
    if (current !== null) current.isOver = true;
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
    add(text);
    react(text, said, current, {
      piece: (words) => {
        if (!text.startsWith("stream ")) return;
        const delta = { type: "text_delta", text: words };
        say({ type: "stream_event", session_id, parent_tool_use_id: null, event: { type: "content_block_delta", delta } });
      },
      end: (answer) => {
        say({ type: "assistant", session_id, message: { role: "assistant", content: [{ type: "text", text: answer }] } });
        end({ result: answer });
      },
      ask: () => {
        const request = { subtype: "can_use_tool", tool_name: "Bash", input: { command: "ls" }, tool_use_id: "t1" };
        say({ type: "control_request", request_id: "r1", request });
      },
    });
  };

  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line);
    if (message.type === "user") {
      queue.push({ uuid: message.uuid, text: message.message.content[0].text, isOver: false });
      if (current !== null) say({ type: "command_lifecycle", command_uuid: message.uuid, state: "queued", session_id });
      next();
    }
    if (message.type === "control_response") end({ result: message.response.response.behavior });
    if (message.type !== "control_request") continue;
    if (message.request.subtype === "interrupt") noteEnd("interrupt");
    if (isStubborn) continue;
    say({ type: "control_response", response: { subtype: "success", request_id: message.request_id } });
    if (message.request.subtype === "interrupt" && current !== null)
      end({ subtype: "error_during_execution", is_error: true, terminal_reason: "aborted_streaming" });
  }
  noteEnd("eof");
}

/** The conversation that a terminal program was asked to open; undefined: it is not called as one. */
function sessionOfTerminal() {
  if (words.includes("-p") || words.includes("--output-format")) return undefined;
  if (name === "codex") return words[0] === "resume" ? words[1] : undefined;
  if (name === "opencode") return words[0] === "-s" ? words[1] : undefined;
  return flagValue("--resume");
}

/** Each line is said in the conversation; `quit` leaves. */
async function sitAtTerminal(session) {
  const { add } = conversation(session);
  process.stdout.write(`terminal on ${session} in ${process.cwd()}, secret ${process.env.FAKE_SECRET ?? "none"}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "quit") break;
    add(line);
    process.stdout.write(`heard ${line}\n`);
  }
  process.exit(0);
}
