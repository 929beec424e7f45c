import { AgentReader, type Heard, heard } from "./agent-reader.ts";
import { resetTimeOfHeaders } from "./error-signs.ts";
import { countIn, type JsonObject, numberIn, objectIn, textIn } from "./fields.ts";
import type { AgentError, AgentEvent, TurnOutcome, Usage } from "./normalised-event.ts";
import { addUsage, noUsage } from "./usage.ts";

/**
 * The lines of `opencode run --format json`. There is no terminal event: a turn is complete when a
 * step finishes for the reason `stop`.
 */
export class OpencodeReader extends AgentReader {
  #steps: Usage = noUsage;

  protected override hear(line: JsonObject, heardAt: number): Heard {
    this.talk.sessionId = textIn(line, "sessionID") ?? this.talk.sessionId;
    const part = objectIn(line, "part");
    const type = textIn(line, "type") ?? "unknown";
    switch (type) {
      case "step_start":
        this.talk.beginTurn();
        return heard([this.talk.system(type, null, line)]);
      case "text":
        return heard([this.talk.whole("text", textIn(part, "text") ?? "", line)]);
      case "reasoning":
        return heard([this.talk.whole("thinking", textIn(part, "text") ?? "", line)]);
      case "tool_use":
        return heard(this.#tool(part, line));
      case "step_finish":
        return heard(this.#stepEnd(part, line));
      case "error":
        return heard(this.#error(objectIn(line, "error"), line, heardAt));
      default:
        return heard([this.talk.system(type, null, line)]);
    }
  }

  /** It is told of a tool only when that has ended. */
  #tool(part: JsonObject, line: JsonObject): AgentEvent[] {
    const state = objectIn(part, "state");
    const id = textIn(part, "callID") ?? "";
    const failure = textIn(state, "error");
    const exit_code = numberIn(objectIn(state, "metadata"), "exit");
    if (failure !== null && /rejected permission/i.test(failure)) {
      this.talk.error = { status: null, type: "permission_rejected", message: failure, confidence: "text" };
    }
    const is_error = failure !== null || (exit_code ?? 0) !== 0;
    return [
      { type: "tool_use", id, tool: textIn(part, "tool") ?? "unknown", input: state["input"] ?? {}, raw: line },
      { type: "tool_result", id, output: state["output"] ?? failure, is_error, exit_code, raw: line },
    ];
  }

  #stepEnd(part: JsonObject, line: JsonObject): AgentEvent[] {
    this.#steps = addUsage(this.#steps, usageOf(part));
    this.talk.soFar = this.#steps;
    const reason = textIn(part, "reason") ?? "step_finish";
    // An error with the same to say ends the turn.
    if (reason === "content-filter") {
      const message = "the model refused (content-filter)";
      this.talk.error = { status: null, type: "content_filter", message, confidence: "structured" };
    }
    return reason === "stop"
      ? this.#end({ kind: "completed", error: null }, line)
      : [this.talk.system("step_finish", reason, line)];
  }

  #error(told: JsonObject, line: JsonObject, heardAt: number): AgentEvent[] {
    const error = errorOf(told);
    const sentAt = numberIn(line, "timestamp") ?? heardAt;
    this.noteLimit(error, sentAt, resetTimeOfHeaders(objectIn(objectIn(told, "data"), "responseHeaders"), sentAt));
    return this.#end({ kind: kinds.get(error.type ?? "") ?? "failed", error }, line);
  }

  #end(outcome: TurnOutcome, raw: JsonObject): AgentEvent[] {
    const usage = this.#steps;
    this.#steps = noUsage;
    return this.talk.endTurn({ outcome, usage, raw });
  }
}

const kinds: ReadonlyMap<string, TurnOutcome["kind"]> = new Map([
  ["MessageAbortedError", "interrupted"],
  ["ContentFilterError", "refused"],
]);

function errorOf(told: JsonObject): AgentError {
  const data = objectIn(told, "data");
  const message = textIn(data, "message") ?? textIn(told, "message") ?? textIn(told, "name") ?? "error";
  const status = numberIn(data, "statusCode");
  return { status, type: textIn(told, "name"), message, confidence: "structured" };
}

/** Its input is without the cached part, its output without reasoning. */
function usageOf(part: JsonObject): Usage {
  const tokens = objectIn(part, "tokens");
  const cache = objectIn(tokens, "cache");
  const reasoning = countIn(tokens, "reasoning");
  return {
    input_tokens: countIn(tokens, "input"),
    cached_tokens: countIn(cache, "read"),
    cache_write_tokens: countIn(cache, "write"),
    output_tokens: countIn(tokens, "output") + reasoning,
    reasoning_tokens: reasoning,
    cost_usd: numberIn(part, "cost"),
  };
}
