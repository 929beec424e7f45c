// Speaks the Agent Client Protocol as gemini and opencode do. gemini cannot load a session that was
// made by this protocol, opencode resumes; FAKE_RESUME=fails makes that fail too.
import { createInterface } from "node:readline";
import { conversation, freshName, isKnown, isStubborn, noteEnd, react } from "./fake-turns.mjs";

const busy = { code: -32602, message: "a prompt is in work" };
const noSession = { code: -32603, message: "Internal error", data: { details: "No previous sessions found for this project." } };

export async function speakAcp(name, say) {
  let session = null;
  let talk = null;
  let turn = null;
  const canResume = name !== "gemini" && process.env.FAKE_RESUME !== "fails";
  const capabilities = { loadSession: true, ...(name === "gemini" ? {} : { sessionCapabilities: { resume: {} } }) };
  const result = (id, value) => say({ jsonrpc: "2.0", id, result: value });
  const refuse = (id, error) => say({ jsonrpc: "2.0", id, error });
  const update = (fields) => say({ jsonrpc: "2.0", method: "session/update", params: { sessionId: session, update: fields } });

  const open = (id, sessionId) => {
    session = sessionId;
    talk = conversation(session);
    result(id, { sessionId: session });
  };
  const end = (id, stopReason) => {
    turn = null;
    result(id, { stopReason, usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } });
  };
  const prompt = (id, text) => {
    if (turn !== null) return refuse(id, busy);
    const mine = { id, isOver: false };
    turn = mine;
    talk.add(text);
    update({ sessionUpdate: "user_message_chunk", content: { type: "text", text: text.slice(0, 100) } });
    return react(text, talk.said, mine, {
      piece: (words) => update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: words } }),
      end: () => end(id, "end_turn"),
      ask: () => {
        const toolCall = { toolCallId: "t1", title: "ls", kind: "execute", rawInput: { command: "ls" } };
        const options = [
          { optionId: "yes", name: "Allow", kind: "allow_once" },
          { optionId: "no", name: "Reject", kind: "reject_once" },
        ];
        const params = { sessionId: session, toolCall, options };
        say({ jsonrpc: "2.0", id: "ask-1", method: "session/request_permission", params });
      },
    });
  };
  const answered = ({ outcome }) => {
    if (turn === null || outcome.outcome !== "selected") return;
    update({
      sessionUpdate: "agent_message_chunk",
      content: { type: "text", text: outcome.optionId === "yes" ? "allow" : "deny" },
    });
    end(turn.id, "end_turn");
  };
  const cancel = () => {
    noteEnd("interrupt");
    if (turn === null || isStubborn) return;
    turn.isOver = true;
    end(turn.id, "cancelled");
  };

  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params, result: answer } = JSON.parse(line);
    if (method === "initialize") result(id, { protocolVersion: 1, agentCapabilities: capabilities, authMethods: [] });
    else if (method === "session/new") open(id, freshName("acp-session"));
    else if (method === "session/resume" || method === "session/load") {
      if (canResume && isKnown(params.sessionId)) open(id, params.sessionId);
      else refuse(id, noSession);
    } else if (method === "session/prompt") prompt(id, params.prompt[0].text);
    else if (method === "session/cancel") cancel();
    else if (method === undefined && id === "ask-1") answered(answer);
    else if (id !== undefined && method !== undefined) refuse(id, { code: -32601, message: "Method not found" });
  }
  noteEnd("eof");
}
