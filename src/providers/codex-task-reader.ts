import { AgentReader, type Heard, heard } from "./agent-reader.ts";
import { usageOfExec } from "./codex-usage.ts";
import { errorFromMessage, resetTimeIn } from "./error-signs.ts";
import { type JsonObject, numberIn, objectIn, textIn } from "./fields.ts";
import type { AgentEvent } from "./normalised-event.ts";
import { noUsage, usageSince } from "./usage.ts";

/** The lines of `codex exec --json`. */
export class CodexTaskReader extends AgentReader {
  readonly #started = new Set<string>();

  protected override hear(line: JsonObject, heardAt: number): Heard {
    const type = textIn(line, "type") ?? "unknown";
    switch (type) {
      case "thread.started":
        this.talk.sessionId = textIn(line, "thread_id");
        return heard([this.talk.system(type, null, line)]);
      case "turn.started":
        this.talk.beginTurn();
        return heard([this.talk.system(type, null, line)]);
      case "item.started":
      case "item.updated":
      case "item.completed":
        return heard(this.#item(objectIn(line, "item"), type, line));
      case "turn.completed":
        return heard(this.#completed(line));
      case "turn.failed":
        return heard(this.#failed(textIn(objectIn(line, "error"), "message") ?? "the turn failed", line, heardAt));
      case "error":
        return heard([this.#error(line, heardAt)]);
      default:
        return heard([this.talk.system(type, null, line)]);
    }
  }

  #item(item: JsonObject, moment: string, line: JsonObject): AgentEvent[] {
    const type = textIn(item, "type") ?? "unknown";
    const text = textIn(item, "text") ?? "";
    const isWhole = moment === "item.completed";
    if (type === "agent_message") return isWhole ? [this.talk.whole("text", text, line)] : [this.talk.system(moment, null, line)];
    if (type === "reasoning") return isWhole ? [this.talk.whole("thinking", text, line)] : [this.talk.system(moment, null, line)];
    // Such an item is a warning: the turn goes on.
    if (type === "error") return [this.talk.system("warning", textIn(item, "message"), line)];
    if (moment === "item.updated") return [this.talk.system(moment, type, line)];
    return this.#tool(type, item, isWhole, line);
  }

  #tool(type: string, item: JsonObject, isDone: boolean, line: JsonObject): AgentEvent[] {
    const id = textIn(item, "id") ?? "";
    const use: AgentEvent[] = this.#started.has(id)
      ? []
      : [{ type: "tool_use", id, tool: toolName(type, item), input: toolInput(type, item), raw: line }];
    this.#started.add(id);
    if (!isDone) return use;
    this.#started.delete(id);
    const status = textIn(item, "status");
    const exit_code = numberIn(item, "exit_code");
    const is_error = status === "failed" || status === "declined" || (exit_code ?? 0) !== 0;
    const output = item["aggregated_output"] ?? item["result"] ?? item["error"] ?? null;
    return [...use, { type: "tool_result", id, output, is_error, exit_code, raw: line }];
  }

  #completed(line: JsonObject): AgentEvent[] {
    const total = usageOfExec(objectIn(line, "usage"));
    const former = this.talk.counters;
    this.talk.counters = total;
    const usage = former === null ? noUsage : usageSince(total, { ...former, cost_usd: null });
    return this.talk.endTurn({ outcome: { kind: "completed", error: null }, usage, isExact: former !== null, raw: line });
  }

  #failed(message: string, line: JsonObject, heardAt: number): AgentEvent[] {
    const error = errorFromMessage(message);
    this.noteLimit(error, heardAt, resetTimeIn(message, heardAt));
    return this.talk.endTurn({ outcome: { kind: "failed", error }, usage: null, raw: line });
  }

  /** A notice that it tries again, or the error that a failed turn will repeat. */
  #error(line: JsonObject, heardAt: number): AgentEvent {
    const message = textIn(line, "message") ?? "error";
    this.talk.error = errorFromMessage(message);
    this.noteLimit(this.talk.error, heardAt, resetTimeIn(message, heardAt));
    if (!/^reconnecting\b/i.test(message)) return this.talk.system("error", message, line);
    this.talk.retries++;
    return this.talk.system("retry", message, line);
  }
}

function toolName(type: string, item: JsonObject): string {
  return type === "mcp_tool_call" ? `${textIn(item, "server") ?? "mcp"}.${textIn(item, "tool") ?? "tool"}` : type;
}

function toolInput(type: string, item: JsonObject): unknown {
  if (type === "command_execution") return { command: textIn(item, "command") };
  if (type === "mcp_tool_call") return item["arguments"] ?? {};
  return item;
}
