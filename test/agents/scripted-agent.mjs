#!/usr/bin/env node
// Stands for claude where it matters what it answers and does. FAKE_RULES is a JSON list of
// { asked, does, says }: the first rule whose `asked` stands in a message runs the shell line `does`
// in the agent's directory and answers `says`. Each message is appended to FAKE_ASKED as a line of JSON.
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const rules = JSON.parse(process.env.FAKE_RULES);
const words = process.argv.slice(2);
const session_id = words[words.indexOf("--session-id") + 1];
const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "control_request")
    say({ type: "control_response", response: { subtype: "success", request_id: message.request_id } });
  if (message.type === "user") answer(message);
}

function answer({ uuid, message }) {
  const { text } = message.content[0];
  appendFileSync(process.env.FAKE_ASKED, `${JSON.stringify(text)}\n`);
  const rule = rules.find(({ asked }) => text.includes(asked));
  if (rule === undefined) throw new Error(`no rule for: ${text}`);
  if (rule.does !== undefined) execFileSync("sh", ["-c", rule.does], { stdio: "ignore" });
  say({ type: "system", subtype: "init", session_id, model: "fake" });
  say({ type: "user", isReplay: true, uuid, session_id, message: { role: "user", content: [{ type: "text", text }] } });
  say({ type: "assistant", session_id, message: { role: "assistant", content: [{ type: "text", text: rule.says }] } });
  const usage = { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
  say({
    type: "result",
    subtype: "success",
    is_error: false,
    session_id,
    duration_ms: 5,
    total_cost_usd: 0.01,
    usage,
    result: rule.says,
  });
}
