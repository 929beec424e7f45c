// Speaks as `codex app-server` does: JSON-RPC without its version field. A second turn/start while a
// turn runs is merged into that turn, which a supervisor that queues never sees.
import { createInterface } from "node:readline";
import { conversation, freshName, isKnown, isStubborn, noteEnd, react } from "./fake-turns.mjs";

export async function serveApp(say) {
  let thread = null;
  let talk = null;
  let turn = null;
  let turns = 0;
  const total = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningOutputTokens: 0, totalTokens: 0 };
  const notify = (method, params) => say({ method, params: { threadId: thread, ...params }, emittedAtMs: Date.now() });
  const result = (id, value) => say({ id, result: value });
  const told = (status) => ({ id: turn.turnId, items: [], status, error: null, durationMs: null });

  const open = (id, name) => {
    thread = name;
    talk = conversation(thread);
    result(id, { thread: { id: thread, turns: [] }, model: "fake" });
    notify("thread/started", { thread: { id: thread } });
  };
  const end = (status, text) => {
    if (text !== undefined) notify("item/completed", { item: { type: "agentMessage", id: `m-${turns}`, text } });
    total.inputTokens += 3;
    total.outputTokens += 2;
    total.totalTokens += 5;
    const last = { ...total, inputTokens: 3, outputTokens: 2, totalTokens: 5 };
    notify("thread/tokenUsage/updated", { turnId: turn.turnId, tokenUsage: { total, last } });
    notify("turn/completed", { turn: told(status) });
    turn = null;
  };
  const start = (id, text) => {
    const refused = process.env.FAKE_REFUSES;
    if (refused !== undefined && text.includes(refused)) return say({ id, error: { code: -32600, message: `no ${refused}` } });
    if (turn !== null) {
      talk.add(`merged: ${text}`);
      return result(id, { turn: told("inProgress") });
    }
    turns += 1;
    const mine = { turnId: `turn-${turns}`, isOver: false };
    turn = mine;
    talk.add(text);
    result(id, { turn: told("inProgress") });
    notify("turn/started", { turn: told("inProgress") });
    return react(text, talk.said, mine, {
      piece: (words) => notify("item/agentMessage/delta", { itemId: `m-${turns}`, delta: words }),
      end: (answer) => end("completed", answer),
      ask: () =>
        say({
          id: 77,
          method: "item/commandExecution/requestApproval",
          params: {
            threadId: thread,
            turnId: mine.turnId,
            itemId: "i1",
            command: "ls",
            cwd: "/",
            availableDecisions: ["accept", "decline"],
          },
        }),
    });
  };

  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params, result: answer } = JSON.parse(line);
    if (method === "initialize") result(id, { userAgent: "fake" });
    else if (method === "thread/start") open(id, freshName("thread"));
    else if (method === "thread/resume") {
      if (process.env.FAKE_RESUME !== "fails" && isKnown(params.threadId)) open(id, params.threadId);
      else say({ id, error: { code: -32600, message: `no rollout found for thread id ${params.threadId}` } });
    } else if (method === "turn/start") start(id, params.input[0].text);
    else if (method === "turn/interrupt") {
      noteEnd("interrupt");
      result(id, {});
      if (turn === null || isStubborn) continue;
      turn.isOver = true;
      end("interrupted");
    } else if (id === 77 && turn !== null) end("completed", answer.decision === "accept" ? "allow" : "deny");
  }
  noteEnd("eof");
  // The real one leaves at once, whatever runs.
  if (!isStubborn) process.exit(0);
}
