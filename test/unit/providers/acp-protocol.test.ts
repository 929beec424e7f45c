import { CLIENT_METHODS, PROTOCOL_METHODS, PROTOCOL_VERSION, RequestError } from "@agentclientprotocol/sdk";
import { describe, expect, it } from "vitest";
import { acpCode, clientMethod, protocolMethod, protocolVersion } from "../../../src/providers/acp-protocol.ts";
import { AcpReader } from "../../../src/providers/acp-reader.ts";
import { heardAt } from "./transcript.ts";

const newReader = (resumes: string | null = null) => new AcpReader({ counters: null, resumes, cwd: "/tmp/there" });
const say = (reader: AcpReader, object: object) => reader.push(JSON.stringify({ jsonrpc: "2.0", ...object }), heardAt);

describe("what stands for the SDK at run time", () => {
  it("is what the SDK says", () => {
    expect(protocolVersion).toBe(PROTOCOL_VERSION);
    expect(CLIENT_METHODS).toMatchObject(clientMethod);
    expect(protocolMethod).toEqual(PROTOCOL_METHODS);
    expect(acpCode).toEqual({
      requestCancelled: RequestError.requestCancelled().code,
      authRequired: RequestError.authRequired().code,
    });
  });
});

describe("a greeting that is answered", () => {
  it.each([{ protocolVersion: 1 }, {}, { protocolVersion: "1", agentCapabilities: null, authMethods: "none" }])(
    "with %j is followed by a session",
    (result) => {
      const { replies } = say(newReader(), { id: "overmind-initialize", result });
      expect(replies.join("")).toContain('"session/new"');
    },
  );

  it("in another version is the end of the attempt", () => {
    const reader = newReader();
    const { events, replies } = say(reader, { id: "overmind-initialize", result: { protocolVersion: 2 } });
    expect(replies).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: "result", outcome: "failed", error_text: expect.stringContaining("version 2") });
  });

  it("without a way to go on with the old conversation begins a new one", () => {
    const { events, replies } = say(newReader("old"), { id: "overmind-initialize", result: { agentCapabilities: {} } });
    expect(events.at(-1)).toMatchObject({ subtype: "resume_failed" });
    expect(replies.join("")).toContain('"session/new"');
  });
});

describe("a permission that is asked for", () => {
  const asked = () => {
    const reader = newReader();
    say(reader, { id: "overmind-initialize", result: { protocolVersion: 1 } });
    say(reader, { id: "overmind-new", result: { sessionId: "s" } });
    reader.userMessage("m", "go");
    const params = { sessionId: "s", toolCall: { toolCallId: "c", title: "x" }, options: [] };
    say(reader, { id: 7, method: "session/request_permission", params });
    return reader;
  };
  const update = (update: object) => ({ method: "session/update", params: { sessionId: "s", update } });

  it("and taken back is pending no more, and answered as the protocol wants", () => {
    const reader = asked();
    const { replies } = say(reader, { method: "$/cancel_request", params: { requestId: 7 } });
    expect(replies.map((line) => JSON.parse(line))).toMatchObject([{ id: 7, error: { code: -32800 } }]);
    expect(reader.state).toMatchObject({ pending: [], turn: "running" });
    expect(say(reader, { method: "$/cancel_request", params: { requestId: 7 } }).replies).toEqual([]);
  });

  it.each([
    [{ sessionUpdate: "tool_call_update", toolCallId: "c", status: "completed" }, 0],
    [{ sessionUpdate: "tool_call_update", toolCallId: "other", status: "completed" }, 1],
    [{ sessionUpdate: "compaction_update", status: "completed" }, 1],
  ])("is settled by the end of its own call alone: %j", (told, left) => {
    const reader = asked();
    say(reader, update(told));
    expect(reader.state.pending).toHaveLength(left);
  });

  it("by a prompt that the agent cancels leaves an interrupted turn", () => {
    const reader = asked();
    say(reader, { id: "overmind-message-m", error: { code: -32800, message: "Request cancelled" } });
    expect(reader.state).toMatchObject({ turn: "idle", outcome: { kind: "interrupted" } });
  });
});
