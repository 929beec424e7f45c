#!/usr/bin/env node
// An agent built on the official SDK of the Agent Client Protocol: it refuses whatever the SDK's schemas
// refuse. What it was sent, and how it was answered, it appends to FAKE_STATE/heard, a line of JSON each.
// A prompt is words of `does`, done one after the other. SDK_LOADS=0: it cannot load a session;
// SDK_RESUMES=1: it can resume one; SDK_LOGIN=1: it wants a login first; SDK_VERSION: the version it speaks.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { agent, methods, ndJsonStream, PROTOCOL_VERSION, RequestError } from "@agentclientprotocol/sdk";

const { FAKE_STATE: state, SDK_LOADS = "1", SDK_RESUMES = "0", SDK_LOGIN = "0", SDK_VERSION } = process.env;
const heard = join(state, "heard");
const note = (what, value) => appendFileSync(heard, `${JSON.stringify({ [what]: value })}\n`);
const saidIn = (session) =>
  existsSync(join(state, session)) ? readFileSync(join(state, session), "utf8").split("\n").filter(Boolean) : null;
const image = { type: "image", mimeType: "image/png", data: "iVBORw0KGgo=" };
const options = [
  { optionId: "yes", name: "Allow", kind: "allow_once" },
  { optionId: "no", name: "Reject", kind: "reject_once" },
];

let cancelled = false;
let count = 0;

const tell = (client, sessionId, update) => client.notify(methods.client.session.update, { sessionId, update });
const say = (client, sessionId, text) =>
  tell(client, sessionId, { sessionUpdate: "agent_message_chunk", content: { type: "text", text } });
const tool = (client, sessionId, sessionUpdate, fields) =>
  tell(client, sessionId, { sessionUpdate, toolCallId: `call-${count}`, ...fields });

const permissionOf = (sessionId) => ({
  sessionId,
  toolCall: { toolCallId: `call-${++count}`, title: "remove all", kind: "delete", rawInput: { path: "/x" } },
  options,
});

async function refused(client, method, params) {
  const code = await client.request(method, params).then(
    () => "granted",
    (error) => error.code,
  );
  note("refused", [method, code]);
}

const does = {
  async chunks(client, sessionId) {
    const thought = { type: "text", text: "hm" };
    await tell(client, sessionId, { sessionUpdate: "agent_thought_chunk", content: thought, messageId: "m0" });
    for (const text of ["str", "eam", "ed"]) await say(client, sessionId, text);
  },
  async tool(client, sessionId) {
    count += 1;
    await tool(client, sessionId, "tool_call", { title: "read x", kind: "read", status: "pending", rawInput: { path: "x" } });
    await tool(client, sessionId, "tool_call_update", { status: "in_progress" });
    await tool(client, sessionId, "tool_call_update", { status: "completed", rawOutput: { text: "inside x" } });
  },
  async ask(client, sessionId) {
    const { outcome } = await client.request(methods.client.session.requestPermission, permissionOf(sessionId));
    note("outcome", outcome);
    if (outcome.outcome === "selected") await say(client, sessionId, outcome.optionId);
  },
  /** Asks, and takes it back. */
  async takeback(client, sessionId) {
    const back = new AbortController();
    const asked = client.request(methods.client.session.requestPermission, permissionOf(sessionId), {
      cancellationSignal: back.signal,
    });
    await until(() => existsSync(join(state, "take-back")));
    back.abort();
    note("taken back", await asked.catch((error) => error.code));
  },
  /** Asks for what was not offered. */
  async reach(client, sessionId) {
    await refused(client, methods.client.fs.readTextFile, { sessionId, path: "/etc/hostname" });
    await refused(client, methods.client.fs.writeTextFile, { sessionId, path: "/tmp/never", content: "x" });
    await refused(client, methods.client.terminal.create, { sessionId, command: "true" });
    await refused(client, methods.client.elicitation.create, {
      mode: "form",
      sessionId,
      message: "who?",
      requestedSchema: { type: "object", properties: {} },
    });
    await refused(client, "_vendor/ask", { anything: 1 });
    await say(client, sessionId, "refused");
  },
  async image(client, sessionId) {
    await say(client, sessionId, "before ");
    await tell(client, sessionId, { sessionUpdate: "agent_message_chunk", content: image });
    await say(client, sessionId, "after");
  },
  /** What no version of the protocol knows. */
  async noise(client, sessionId) {
    await client.notify("_vendor/status", { mood: "fine" });
    await client.notify("session/odd", null);
    await tell(client, sessionId, { sessionUpdate: "of_a_later_version", deep: { er: [1, null] } });
    process.stdout.write("no protocol at all\n");
    await say(client, sessionId, "after noise");
  },
  async hang() {
    await until(() => cancelled);
    return { stopReason: "cancelled" };
  },
  async limit() {
    throw new RequestError(-32603, "Internal error", { statusCode: 429, details: "retry in 1s" });
  },
  async invalid() {
    throw RequestError.invalidParams({ field: "prompt" }, "a prompt of two words is wanted");
  },
  async logout() {
    throw RequestError.authRequired();
  },
  async overwritten() {
    throw RequestError.requestCancelled();
  },
  async refuse() {
    return { stopReason: "refusal" };
  },
};

function until(isSo) {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (!isSo()) return;
      clearInterval(timer);
      resolve();
    }, 20);
  });
}

function open(sessionId) {
  if (SDK_LOGIN === "1") throw RequestError.authRequired();
  appendFileSync(join(state, sessionId), "");
  const modes = { currentModeId: "ask", availableModes: ["ask", "code"].map((id) => ({ id, name: id })) };
  return { modes };
}

function known(sessionId) {
  const said = saidIn(sessionId);
  if (said === null) throw RequestError.sessionNotFound(sessionId);
  return said;
}

agent({ name: "sdk-agent" })
  .onRequest(methods.agent.initialize, ({ params }) => {
    note("initialize", params);
    return {
      protocolVersion: Number(SDK_VERSION ?? PROTOCOL_VERSION),
      agentInfo: { name: "sdk-agent", version: "1.0.0" },
      agentCapabilities: {
        loadSession: SDK_LOADS === "1",
        sessionCapabilities: SDK_RESUMES === "1" ? { resume: {} } : {},
        promptCapabilities: { image: true },
      },
      authMethods: SDK_LOGIN === "1" ? [{ id: "key", name: "API key", description: "set SDK_KEY" }] : [],
    };
  })
  .onRequest(methods.agent.session.new, ({ params }) => {
    note("new", params);
    const sessionId = `session-${process.pid}`;
    return { sessionId, ...open(sessionId) };
  })
  .onRequest(methods.agent.session.load, async ({ params, client }) => {
    note("load", params.sessionId);
    for (const text of known(params.sessionId)) await say(client, params.sessionId, `old ${text}`);
    return open(params.sessionId);
  })
  .onRequest(methods.agent.session.resume, ({ params }) => {
    note("resume", params.sessionId);
    known(params.sessionId);
    return open(params.sessionId);
  })
  .onRequest(methods.agent.session.setMode, ({ params }) => note("mode", params.modeId))
  .onNotification(methods.agent.session.cancel, () => {
    cancelled = true;
    note("cancel", true);
  })
  .onRequest(methods.agent.session.prompt, async ({ params, client }) => {
    const { sessionId, prompt } = params;
    const text = prompt[0].text;
    note("prompt", prompt);
    appendFileSync(join(state, sessionId), `${text}\n`);
    cancelled = false;
    for (const word of text.split(" ")) {
      if (does[word] === undefined) await say(client, sessionId, `${known(sessionId).length}: ${word}`);
      else {
        const result = await does[word](client, sessionId);
        if (result !== undefined) return result;
      }
    }
    return { stopReason: "end_turn" };
  })
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
