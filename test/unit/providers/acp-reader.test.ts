import { describe, expect, it } from "vitest";
import { AcpReader } from "../../../src/providers/acp-reader.ts";
import { noUsage } from "../../../src/providers/usage.ts";
import { heardAt, playDialogue } from "./transcript.ts";

const newReader = (resumes: string | null = null, more: { model?: string; mode?: string } = {}) =>
  new AcpReader({ counters: resumes === null ? { ...noUsage, cost_usd: 0 } : null, resumes, cwd: "/tmp/there", ...more });
const written = (bytes: string | null | undefined) =>
  (bytes ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const say = (reader: AcpReader, object: unknown) =>
  reader.push(JSON.stringify({ jsonrpc: "2.0", ...(object as object) }), heardAt);

const opened = (more: { model?: string; mode?: string } = {}, result: object = {}) => {
  const reader = newReader(null, more);
  say(reader, { id: "overmind-initialize", result: { protocolVersion: 1 } });
  return { reader, heard: say(reader, { id: "overmind-new", result: { sessionId: "s", ...result } }) };
};
const options = [
  { optionId: "yes", name: "Yes", kind: "allow_once" },
  { optionId: "ever", name: "Always", kind: "allow_always" },
  { optionId: "no", name: "No", kind: "reject_once" },
];
const asked = (offered: object[] = options) => {
  const { reader } = opened();
  reader.userMessage("m", "go");
  const toolCall = { toolCallId: "c", title: "touch x", kind: "execute", rawInput: { command: "touch x" } };
  return {
    reader,
    heard: say(reader, { id: 0, method: "session/request_permission", params: { sessionId: "s", toolCall, options: offered } }),
  };
};

describe("the greeting of the Agent Client Protocol", () => {
  it("lends no files and no terminal, then opens a session", () => {
    const reader = newReader();
    expect(written(reader.opening())).toMatchObject([
      { method: "initialize", params: { protocolVersion: 1, clientCapabilities: {} } },
    ]);
    const { replies } = say(reader, { id: "overmind-initialize", result: { protocolVersion: 1 } });
    expect(replies.flatMap(written)).toMatchObject([{ method: "session/new", params: { cwd: "/tmp/there", mcpServers: [] } }]);
    expect(reader.userMessage("m", "early")).toBeNull();
  });

  it("chooses model and mode in the way that the agent offers", () => {
    const setting = { configOptions: [{ id: "model", category: "model" }] };
    const { heard } = opened({ model: "lab/m", mode: "yolo" }, setting);
    expect(heard.replies.flatMap(written)).toMatchObject([
      { method: "session/set_config_option", params: { sessionId: "s", configId: "model", value: "lab/m" } },
      { method: "session/set_mode", params: { sessionId: "s", modeId: "yolo" } },
    ]);
  });

  it.each([
    [{ sessionCapabilities: { resume: {} }, loadSession: true }, "session/resume"],
    [{ loadSession: true }, "session/load"],
  ])("goes on with a conversation, with %j by %s", (agentCapabilities, method) => {
    const { replies } = say(newReader("old"), { id: "overmind-initialize", result: { agentCapabilities } });
    expect(replies.flatMap(written)).toMatchObject([{ method, params: { sessionId: "old" } }]);
  });

  it("takes no message while an agent still tells of the old one after it was loaded", () => {
    const reader = newReader("old");
    const told = (text: string) => ({
      method: "session/update",
      params: { sessionId: "old", update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text } } },
    });
    say(reader, { id: "overmind-initialize", result: { agentCapabilities: { loadSession: true } } });
    const { replies } = say(reader, { id: "overmind-resume", result: { modes: { currentModeId: "default" } } });
    expect(replies.flatMap(written)).toMatchObject([{ id: "overmind-mode", params: { sessionId: "old", modeId: "default" } }]);
    expect(reader.userMessage("1", "next")).toBeNull();
    expect(say(reader, told("an old answer")).events).toMatchObject([{ type: "system", subtype: "replay" }]);
    say(reader, { id: "overmind-mode", error: { code: -32601, message: "there are no modes" } });
    expect(reader.userMessage("1", "next")).not.toBeNull();
    say(reader, told("a new answer"));
    say(reader, { id: "overmind-message-1", result: { stopReason: "end_turn" } });
    expect(reader.state.finalText).toBe("a new answer");
  });

  it("says so and begins anew where the agent cannot go on", () => {
    const reader = newReader("old");
    playDialogue(reader, "acp", "gemini-load");
    const { events, replies } = say(reader, { id: "overmind-resume", error: { code: -32603, message: "Internal error" } });
    expect(events.at(-1)).toMatchObject({ type: "system", subtype: "resume_failed" });
    expect(replies.flatMap(written)).toMatchObject([{ method: "session/new" }]);
  });
});

describe.each([
  [
    "claude-agent-acp",
    ["completed", "completed", "completed", "completed", "failed", "interrupted", "interrupted", "completed"],
    107_383,
    0.460_76,
  ],
  // Its adapter hides an error in a turn that ends well.
  [
    "codex-acp",
    ["completed", "completed", "completed", "completed", "failed", "interrupted", "completed", "completed"],
    104_135,
    null,
  ],
  [
    "gemini",
    ["completed", "completed", "completed", "completed", "failed", "interrupted", "interrupted", "completed"],
    98_300,
    null,
  ],
  [
    "opencode",
    ["completed", "completed", "completed", "completed", "failed", "interrupted", "interrupted", "completed"],
    40_061,
    0.056_105,
  ],
] as const)("a recorded session of %s", (name, outcomes, input, cost) => {
  const reader = newReader();
  const played = playDialogue(reader, "acp", name);

  it("has its turns and their ends", () => {
    const results = played.events.filter((event) => event.type === "result");
    expect(results.map((event) => event.outcome)).toEqual(outcomes);
    expect(results[0]?.text).toContain("Hello from the fake model.");
    expect(results.at(-1)?.text).toBe("still alive");
  });

  it("confirms every message once", () => {
    expect(played.delivered).toEqual(played.sent);
  });

  it("has its usage", () => {
    expect(reader.state.usage.input_tokens).toBe(input);
    if (cost === null) expect(reader.state.usage.cost_usd).toBeNull();
    else expect(reader.state.usage.cost_usd).toBeCloseTo(cost, 6);
  });

  it("has each text in pieces and whole", () => {
    const texts = played.events.filter((event) => event.type === "text");
    const [pieces, wholes] = [true, false].map((delta) =>
      texts
        .filter((event) => event.delta === delta)
        .map((event) => event.text)
        .join(""),
    );
    expect(pieces).toBe(wholes);
  });

  it("tells of every tool before its result", () => {
    const seen = new Set<string>();
    for (const event of played.events) {
      if (event.type === "tool_use") seen.add(event.id);
      if (event.type === "tool_result") expect(seen).toContain(event.id);
    }
  });
});

describe("a conversation gone on with", () => {
  it.each([
    "claude-agent-acp-load",
    "claude-agent-acp-resume",
    "codex-acp-load",
    "codex-acp-resume",
    "opencode-load",
    "opencode-resume",
    "gemini-load-of-headless-session",
  ])("in %s tells nothing old as new", (name) => {
    const reader = newReader("old");
    const { events } = playDialogue(reader, "acp", name);
    expect(events.filter((event) => event.type === "result")).toHaveLength(1);
    expect(reader.state.finalText).toMatch(/^after session\/|^x$/);
  });

  it("has no cost where the former total is unknown, and the difference where it is known", () => {
    const [unknown, known] = [null, { ...noUsage, cost_usd: 0.46076 }].map((counters) => {
      const reader = new AcpReader({ counters, resumes: "old", cwd: "/" });
      playDialogue(reader, "acp", "claude-agent-acp-load");
      return reader.state.usage.cost_usd;
    });
    expect(unknown).toBeNull();
    expect(known).toBeCloseTo(0.054_704, 6);
  });
});

describe("what an agent asks by the protocol", () => {
  it("is told with its own options", () => {
    const { heard, reader } = asked();
    expect(heard.events.at(-1)).toMatchObject({
      type: "needs_input",
      request_id: "0",
      tool: "execute",
      options: [{ id: "yes" }, { id: "ever" }, { id: "no" }],
    });
    expect(reader.state.turn).toBe("waiting");
  });

  it.each([
    [{ decision: "allow" }, { outcome: "selected", optionId: "yes" }],
    [
      { decision: "allow", option: "ever" },
      { outcome: "selected", optionId: "ever" },
    ],
    [{ decision: "deny" }, { outcome: "selected", optionId: "no" }],
  ] as const)("is answered: %j", (answer, outcome) => {
    expect(written(asked().reader.answerPermission("0", answer))).toEqual([{ jsonrpc: "2.0", id: 0, result: { outcome } }]);
  });

  it("is never answered with an option that is not there", () => {
    const { reader } = asked([]);
    expect(() => reader.answerPermission("0", { decision: "allow" })).toThrow("no way to allow");
    expect(() => reader.answerPermission("0", { decision: "allow", option: "yes" })).toThrow("no option");
    expect(written(reader.answerPermission("0", { decision: "deny" }))).toMatchObject([
      { result: { outcome: { outcome: "cancelled" } } },
    ]);
  });

  it("is answered as cancelled when the turn is interrupted", () => {
    const { reader } = asked();
    expect(written(reader.interrupt())).toMatchObject([
      { method: "session/cancel" },
      { id: 0, result: { outcome: { outcome: "cancelled" } } },
    ]);
    expect(reader.state.pending).toEqual([]);
    expect(opened().reader.interrupt()).toBeNull();
  });

  it("of files and terminals is refused at once", () => {
    const { replies } = say(opened().reader, { id: 3, method: "fs/read_text_file", params: {} });
    expect(replies.flatMap(written)).toMatchObject([{ id: 3, error: { code: -32601 } }]);
  });
});

describe("the protocol's errors", () => {
  const failing = (error: object) => {
    const { reader } = opened();
    reader.userMessage("m", "go");
    const { delivered } = say(reader, { id: "overmind-message-m", error });
    expect(delivered).toEqual(["m"]);
    return reader.state;
  };

  it.each([
    [
      { code: 429, message: "slow down, retry in 3s" },
      { error: { status: 429 }, rateLimit: { until: heardAt + 3000 } },
    ],
    [
      { code: -32000, message: "Authentication required" },
      { error: { type: "auth_required" }, rateLimit: null },
    ],
    [{ code: -32603, message: "Internal error", data: { statusCode: 401 } }, { error: { status: 401 } }],
    [{ code: -32603, message: "Internal error", data: { details: "boom" } }, { error: { message: "Internal error: boom" } }],
  ])("in %j are read", (error, state) => {
    expect(failing(error)).toMatchObject(state);
  });
});
