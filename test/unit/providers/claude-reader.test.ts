import { describe, expect, it } from "vitest";
import { ClaudeReader } from "../../../src/providers/claude-reader.ts";
import { noUsage } from "../../../src/providers/usage.ts";
import { heardAt, readAll, transcriptLines } from "./transcript.ts";

const newReader = () => new ClaudeReader({ ...noUsage, cost_usd: 0 });
const asking = () => {
  const reader = newReader();
  const { events } = readAll(reader, transcriptLines("claude", "perm-raw"));
  return { reader, events, id: "d832abd5-df33-49ab-9e1b-da57e7753f12" };
};
const line = (object: unknown) => JSON.stringify(object);

describe("claude's permission channel", () => {
  it("asks with the exact tool, input and options", () => {
    const { reader, events, id } = asking();
    expect(reader.state).toMatchObject({ turn: "waiting", pending: [{ request_id: id }] });
    expect(events.find((event) => event.type === "needs_input")).toMatchObject({
      kind: "permission",
      tool: "Bash",
      input: { command: "touch p1.txt", description: "scripted command" },
      options: [{ id: "allow" }, { id: "deny" }, { id: "suggestion-0" }, { id: "suggestion-1" }, { id: "suggestion-2" }],
    });
  });

  it.each([
    [{ decision: "allow" }, { behavior: "allow", updatedInput: { command: "touch p1.txt", description: "scripted command" } }],
    [
      { decision: "allow", input: { command: "ls" } },
      { behavior: "allow", updatedInput: { command: "ls" } },
    ],
    [
      { decision: "deny", message: "not now" },
      { behavior: "deny", message: "not now" },
    ],
    [
      { decision: "allow", option: "suggestion-2" },
      { updatedPermissions: [{ type: "setMode", mode: "acceptEdits", destination: "session" }] },
    ],
  ] as const)("answers %j", (answer, response) => {
    const { reader, id } = asking();
    const written = JSON.parse(reader.answerPermission(id, answer));
    expect(written).toMatchObject({ type: "control_response", response: { subtype: "success", request_id: id, response } });
    expect(reader.state.turn).toBe("running");
  });

  it("refuses to answer what is not asked, or with an option that was not offered", () => {
    const { reader, id } = asking();
    expect(() => reader.answerPermission("other", { decision: "allow" })).toThrow("not_found");
    expect(() => reader.answerPermission(id, { decision: "allow", option: "suggestion-9" })).toThrow("no option");
    expect(reader.state.pending).toHaveLength(1);
  });

  it.each([
    [
      "the tool's result",
      { type: "user", message: { content: [{ type: "tool_result", tool_use_id: "toolu_fake_57", content: "" }] } },
    ],
    ["a cancellation", { type: "control_cancel_request", request_id: "d832abd5-df33-49ab-9e1b-da57e7753f12" }],
    ["the end of the turn", { type: "result", subtype: "success", is_error: false, result: "done" }],
  ])("is settled by %s", (_what, object) => {
    const { reader } = asking();
    reader.push(line(object), heardAt);
    expect(reader.state.pending).toEqual([]);
  });

  it("answers requests that it does not know, so that claude does not wait for ever", () => {
    const { replies } = newReader().push(
      line({ type: "control_request", request_id: "r", request: { subtype: "hook_callback" } }),
      heardAt,
    );
    expect(JSON.parse(replies[0] ?? "")).toMatchObject({
      type: "control_response",
      response: { subtype: "error", request_id: "r" },
    });
  });
});

describe("claude's messages", () => {
  const id = "5f4dcc3b-5aa7-465d-8832-7deb882cf99a";
  const replay = (uuid: string, text: string) =>
    line({ type: "user", isReplay: true, uuid, message: { role: "user", content: [{ type: "text", text }] } });

  it("are one line each, whatever they hold", () => {
    const text = `-x "quoted" $(id)\n\u{1f600}\u2028${"a".repeat(1_000_000)}`;
    const written = newReader().userMessage(id, text);
    expect(written.indexOf("\n")).toBe(written.length - 1);
    expect(JSON.parse(written).message.content[0].text).toBe(text);
  });

  it("are confirmed by their id", () => {
    const reader = newReader();
    reader.userMessage(id, "hi");
    expect(reader.push(replay(id, "hi"), heardAt).delivered).toEqual([id]);
    expect(reader.push(replay(id, "hi"), heardAt).delivered).toEqual([]);
  });

  it("are confirmed when they are queued behind a running turn", () => {
    const reader = newReader();
    reader.userMessage(id, "hi");
    reader.userMessage("the same again", "hi");
    const queued = line({ type: "command_lifecycle", command_uuid: id, state: "queued", uuid: "x" });
    expect(reader.push(queued, heardAt).delivered).toEqual([id]);
    expect(reader.push(replay(id, "hi"), heardAt).delivered).toEqual([]);
  });

  it("are confirmed by their text where another id comes back, the older first", () => {
    const reader = newReader();
    reader.userMessage("one", "same");
    reader.expectMessage("two", "same");
    expect(reader.push(replay("x", "other"), heardAt).delivered).toEqual([]);
    expect(reader.push(replay("x", "same"), heardAt).delivered).toEqual(["one"]);
    expect(reader.push(replay("y", "same"), heardAt).delivered).toEqual(["two"]);
  });

  it("can be followed by an interrupt, after which the session goes on", () => {
    const reader = newReader();
    expect(JSON.parse(reader.interrupt())).toMatchObject({ type: "control_request", request: { subtype: "interrupt" } });
    const { events } = readAll(reader, transcriptLines("claude", "hang-interrupt"));
    expect(events.filter((event) => event.type === "result").map((event) => event.outcome)).toEqual(["interrupted", "completed"]);
    const [cut] = events.filter((event) => event.type === "result");
    expect(cut?.error_text).toBe("interrupted while the model answered");
    expect(events.filter((event) => event.type === "usage").map((event) => event.turn.input_tokens)).toEqual([12511, 12542]);
  });
});

describe("claude's text", () => {
  it("comes in pieces and once whole", () => {
    const { events } = readAll(newReader(), transcriptLines("claude", "think-partial"));
    const texts = events.filter((event) => event.type === "text" || event.type === "thinking");
    expect(texts.filter((event) => !event.delta).map((event) => [event.type, event.text])).toEqual([
      ["thinking", "pondering deeply"],
      ["text", "done"],
    ]);
    for (const type of ["text", "thinking"]) {
      const [pieces, wholes] = [true, false].map((delta) =>
        texts.filter((event) => event.type === type && event.delta === delta),
      );
      expect(pieces?.map((event) => event.text).join("")).toBe(wholes?.map((event) => event.text).join(""));
    }
  });

  it("is whole as far as it came when the stream was cut", () => {
    const lines = transcriptLines("claude", "think-partial");
    const cut = lines.findIndex((one) => one.includes("text_delta"));
    const { events } = readAll(newReader(), lines.slice(0, cut + 1));
    expect(events.at(-1)).toMatchObject({ type: "text", text: "done", delta: false });
  });

  it("of a sub-agent is not the answer", () => {
    const reader = newReader();
    const said = (text: string, parent: string | null) =>
      line({ type: "assistant", parent_tool_use_id: parent, message: { content: [{ type: "text", text }] } });
    readAll(reader, [said("mine", null), said("the helper's", "toolu_1")]);
    expect(reader.state.finalText).toBe("mine");
  });
});

describe("claude's ends", () => {
  it("name a limit with its reset time", () => {
    const reader = newReader();
    readAll(reader, [
      line({ type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt: 1_800_000_000 } }),
      line({
        type: "result",
        subtype: "success",
        is_error: true,
        api_error_status: 429,
        result: "limit",
        terminal_reason: "api_error",
      }),
    ]);
    expect(reader.state.rateLimit).toEqual({ until: 1_800_000_000_000 });
  });

  it("tell a refusal of the model apart", () => {
    const reader = newReader();
    readAll(reader, [line({ type: "result", subtype: "success", is_error: false, stop_reason: "refusal", result: "" })]);
    expect(reader.state.outcome?.kind).toBe("refused");
  });

  it("without the newer usage fields take cost as a difference", () => {
    const reader = new ClaudeReader({ ...noUsage, cost_usd: 0.5 });
    readAll(reader, [
      line({
        type: "result",
        subtype: "success",
        is_error: false,
        total_cost_usd: 0.75,
        usage: { input_tokens: 3, cache_read_input_tokens: 9 },
      }),
    ]);
    expect(reader.state.usage).toMatchObject({ input_tokens: 3, cached_tokens: 9, cost_usd: 0.25 });
  });
});
