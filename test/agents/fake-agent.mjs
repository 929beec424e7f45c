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
const valueOf = (flag) => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined);
const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

appendFileSync(join(state, "calls"), `${JSON.stringify({ name, words, env: process.env.GEMINI_CLI_NO_RELAUNCH ?? null })}\n`);

if (transcript !== undefined) await replay();
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
    if (said.type === "control_request") say({ type: "control_response", response: { subtype: "success", request_id: said.request_id } });
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
  const session_id = valueOf("--resume") ?? valueOf("--session-id");
  const file = join(state, `conversation-${session_id}`);
  const said = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  const queue = [];
  let current = null;
  let cost = 0;

  const end = (fields) => {
    current = null;
    cost += 0.01;
    const usage = { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
    say({ type: "result", subtype: "success", is_error: false, session_id, duration_ms: 5, total_cost_usd: cost, usage, ...fields });
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
    if (message.type !== "control_request") continue;
    say({ type: "control_response", response: { subtype: "success", request_id: message.request_id } });
    if (message.request.subtype === "interrupt" && current !== null)
      end({ subtype: "error_during_execution", is_error: true, terminal_reason: "aborted_streaming" });
  }
}
