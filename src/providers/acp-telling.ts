import type { ContentBlock, ContentChunk, SessionUpdate, ToolCallUpdate, UsageUpdate } from "@agentclientprotocol/sdk";
import type { Told } from "./acp-protocol.ts";
import { acpToolResult, acpToolUse, isOver } from "./acp-updates.ts";
import type { Conversation } from "./conversation.ts";
import { type JsonObject, numberIn, objectIn, textIn } from "./fields.ts";
import type { AgentEvent } from "./normalised-event.ts";
import { noUsage } from "./usage.ts";

type Kind = SessionUpdate["sessionUpdate"];

/** Updates that only a prompt in work can cause. */
const ofTurn: ReadonlySet<string> = new Set<Kind>([
  "user_message_chunk",
  "agent_message_chunk",
  "agent_thought_chunk",
  "tool_call",
  "tool_call_update",
  "plan",
]);
export const isOfTurn = (kind: string): boolean => ofTurn.has(kind);

/** What an agent tells of its turn while it works: `session/update`, one kind after the other. */
export class AcpTelling {
  readonly #talk: Conversation;
  readonly #toolsSeen = new Set<string>();
  /** Of the chunk before: a new message is a new text. */
  #chunkOf: string | null = null;

  constructor(talk: Conversation) {
    this.#talk = talk;
  }

  hear(kind: string, update: JsonObject, line: JsonObject): AgentEvent[] {
    switch (kind as Kind) {
      case "agent_message_chunk":
        return this.#chunk("text", update, line);
      case "agent_thought_chunk":
        return this.#chunk("thinking", update, line);
      case "tool_call":
      case "tool_call_update":
        return this.#tool(update, line);
      case "usage_update":
        return [this.#cost(update, line)];
      default:
        return [this.#talk.system(kind, textIn(update, "title"), line)];
    }
  }

  turnEnded(): void {
    this.#toolsSeen.clear();
  }

  #chunk(type: "text" | "thinking", chunk: Told<ContentChunk>, line: JsonObject): AgentEvent[] {
    const content: Told<ContentBlock> = objectIn(chunk, "content");
    const text = textIn(content, "text");
    if (text === null) return [this.#talk.system("content", otherContent(content), line)];
    this.#talk.beginTurn();
    const messageId = textIn(chunk, "messageId");
    const before = messageId === this.#chunkOf ? [] : this.#talk.flush(line);
    this.#chunkOf = messageId;
    return [...before, ...this.#talk.piece(type, text, line)];
  }

  /** Some agents tell of a call first when it has ended, or when they ask for it. */
  #tool(update: Told<ToolCallUpdate>, line: JsonObject): AgentEvent[] {
    this.#talk.beginTurn();
    const id = textIn(update, "toolCallId") ?? "";
    const events = this.#talk.flush(line);
    if (!this.#toolsSeen.has(id)) events.push(acpToolUse(update, line));
    else if (!isOver(update)) events.push(this.#talk.system("tool_call_update", textIn(update, "status"), line));
    this.#toolsSeen.add(id);
    if (isOver(update)) events.push(acpToolResult(update, line));
    return events;
  }

  #cost(update: Told<UsageUpdate>, line: JsonObject): AgentEvent {
    const amount = numberIn(objectIn(update, "cost"), "amount");
    if (amount !== null) this.#talk.counters = { ...(this.#talk.counters ?? noUsage), cost_usd: amount };
    return this.#talk.system("usage_update", null, line);
  }
}

/** For people: an image, a sound or a file is not shown, but said to be there. */
function otherContent(content: Told<ContentBlock>): string | null {
  const type = textIn(content, "type");
  if (type === null) return null;
  const which = textIn(content, "uri") ?? textIn(objectIn(content, "resource"), "uri") ?? textIn(content, "mimeType");
  return which === null ? type : `${type}: ${which}`;
}
