#!/usr/bin/env node
// Stands for claude on an account whose limits and prices the test sets. FAKE_STATE is a directory that
// missions of one account share: while its file `until` names a time to come (epoch ms), a turn ends as a
// recorded one did that met a limit; while its file `shut` is there, turns wait. Each turn costs FAKE_COST
// dollars and FAKE_TOKENS tokens. What is said, and how a call began, is appended to `said`.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const words = process.argv.slice(2);
const {
  FAKE_STATE: state = ".",
  FAKE_LIMITED: limited = "",
  FAKE_COST: price = "0.01",
  FAKE_TOKENS: tokens = "10",
} = process.env;
const flagValue = (flag) => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined);
const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);
const note = (what) => appendFileSync(join(state, "said"), `${JSON.stringify({ at: Date.now(), pid: process.pid, ...what })}\n`);
const until = () => (existsSync(join(state, "until")) ? Number(readFileSync(join(state, "until"), "utf8")) : 0);

const session_id = flagValue("--resume") ?? flagValue("--session-id");
let current = null;
let cost = 0;
note({ call: words.includes("--resume") ? "resume" : "new" });

function end(fields, turnTokens = Number(tokens), turnPrice = Number(price)) {
  const turn = current;
  current = null;
  cost += turnPrice;
  const usage = {
    input_tokens: turnTokens,
    output_tokens: 0,
    cache_read_input_tokens: turnTokens * 100,
    cache_creation_input_tokens: 0,
  };
  say({ type: "result", subtype: "success", is_error: false, session_id, total_cost_usd: cost, usage, ...fields });
  turn?.done();
}

function reject() {
  process.exitCode = 1;
  const resetsAt = Math.ceil(until() / 1000);
  if (!existsSync(join(state, "untold")))
    say({ type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt }, session_id });
  // The recorded turn, as this conversation's.
  for (const line of readFileSync(limited, "utf8").split("\n").filter(Boolean))
    say({ ...JSON.parse(line), session_id, uuid: undefined });
  current.done();
  current = null;
}

function answer(text) {
  if (current === null) return;
  if (existsSync(join(state, "shut")) || text === "hang") {
    setTimeout(answer, 20, text);
    return;
  }
  if (text === "long") return step(1);
  if (Date.now() < until()) return reject();
  process.exitCode = 0;
  say({ type: "assistant", session_id, message: { role: "assistant", content: [{ type: "text", text: `did ${text}` }] } });
  end({ result: `did ${text}` });
}

// A turn of ever more steps, each told as it is done.
function step(number) {
  if (current === null) return;
  current.steps = number;
  const usage = { input_tokens: 100, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
  const message = { id: `m${number}`, role: "assistant", content: [{ type: "text", text: `step ${number}` }], usage };
  say({ type: "assistant", session_id, message });
  setTimeout(step, 20, number + 1);
}

const queue = [];
function next() {
  if (current !== null || queue.length === 0) return;
  const { uuid, text } = queue.shift();
  current = { done: () => setImmediate(next) };
  note({ text });
  say({ type: "system", subtype: "init", session_id, model: "fake" });
  say({ type: "user", isReplay: true, uuid, session_id, message: { role: "user", content: [{ type: "text", text }] } });
  answer(text);
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "user") queue.push({ uuid: message.uuid, text: message.message.content[0].text });
  next();
  if (message.type !== "control_request") continue;
  say({ type: "control_response", response: { subtype: "success", request_id: message.request_id } });
  if (message.request.subtype !== "interrupt" || current === null) continue;
  const done = current.steps ?? 0;
  const usage = { input_tokens: 100 * done, output_tokens: done, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
  end({ subtype: "error_during_execution", is_error: true, terminal_reason: "aborted_streaming", usage }, 0, 0);
}
