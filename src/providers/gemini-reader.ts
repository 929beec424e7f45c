import { AgentReader, type Heard, heard } from "./agent-reader.ts";
import { errorFromMessage } from "./error-signs.ts";
import { countIn, type JsonObject, numberIn, objectIn, textIn } from "./fields.ts";
import type { AgentError, AgentEvent, TurnOutcome, Usage } from "./normalised-event.ts";

/** The lines of `gemini --output-format stream-json`: text comes in pieces only. */
export class GeminiReader extends AgentReader {
  /** It keeps a conversation only once the model has said something in it; before that it cannot be resumed. */
  #announced: string | null = null;

  protected override hear(line: JsonObject, heardAt: number): Heard {
    const type = textIn(line, "type") ?? "unknown";
    switch (type) {
      case "init":
        this.#announced = textIn(line, "session_id");
        this.talk.model = textIn(line, "model");
        this.talk.beginTurn();
        return heard([this.talk.system(type, null, line)]);
      case "message":
        return heard(this.#message(line));
      case "tool_use":
        this.talk.sessionId = this.#announced;
        return heard([...this.talk.flush(line), toolUse(line)]);
      case "tool_result":
        return heard([toolResult(line)]);
      case "error":
        return heard([this.#error(line)]);
      case "result":
        return heard(this.#result(line, heardAt));
      default:
        return heard([this.talk.system(type, null, line)]);
    }
  }

  /** It tells of retries on stderr alone. */
  protected override hearPlain(line: string): Heard {
    const status = /^Attempt \d+ failed with status (\d{3})/.exec(line)?.[1];
    if (status !== undefined) {
      this.talk.retries++;
      this.talk.error = { status: Number(status), type: null, message: line, confidence: "text" };
    }
    return super.hearPlain(line);
  }

  #message(line: JsonObject): AgentEvent[] {
    const text = textIn(line, "content") ?? "";
    if (textIn(line, "role") !== "assistant") return [this.talk.system("user", text, line)];
    this.talk.sessionId = this.#announced;
    return line["delta"] === true ? this.talk.piece("text", text, line) : [this.talk.whole("text", text, line)];
  }

  /** The result that follows may name no error of its own. */
  #error(line: JsonObject): AgentEvent {
    const message = textIn(line, "message") ?? "error";
    if (textIn(line, "severity") === "error") this.talk.error = errorFromMessage(message);
    return this.talk.system("error", message, line);
  }

  #result(line: JsonObject, heardAt: number): AgentEvent[] {
    const outcome = outcomeOf(line, this.talk.error);
    this.noteLimit(outcome.error, heardAt);
    if (outcome.kind === "completed") this.talk.sessionId = this.#announced;
    const stats = objectIn(line, "stats");
    return this.talk.endTurn({ outcome, usage: usageOf(stats), durationMs: numberIn(stats, "duration_ms"), raw: line });
  }
}

function outcomeOf(line: JsonObject, former: AgentError | null): TurnOutcome {
  if (textIn(line, "status") === "success") return { kind: "completed", error: null };
  const told = objectIn(line, "error");
  if (textIn(told, "message") === null && former !== null) return { kind: "failed", error: former };
  const inner = errorFromMessage(textIn(told, "message") ?? "error");
  const type = textIn(told, "type");
  const error: AgentError = type === null || type === "unknown" || inner.type !== null ? inner : { ...inner, type };
  return { kind: /MaxSessionTurns|TurnLimited/i.test(type ?? "") ? "budget" : "failed", error };
}

/** Per run; its input holds the cached part too. */
function usageOf(stats: JsonObject): Usage {
  const cached = countIn(stats, "cached");
  return {
    input_tokens: Math.max(0, countIn(stats, "input_tokens") - cached),
    cached_tokens: cached,
    cache_write_tokens: 0,
    output_tokens: countIn(stats, "output_tokens"),
    reasoning_tokens: 0,
    cost_usd: null,
  };
}

function toolUse(line: JsonObject): AgentEvent {
  return {
    type: "tool_use",
    id: textIn(line, "tool_id") ?? "",
    tool: textIn(line, "tool_name") ?? "unknown",
    input: line["parameters"] ?? {},
    raw: line,
  };
}

/** Its status says "success" of commands that failed; their codes are not told. */
function toolResult(line: JsonObject): AgentEvent {
  const is_error = textIn(line, "status") !== "success";
  return {
    type: "tool_result",
    id: textIn(line, "tool_id") ?? "",
    output: line["output"] ?? line["error"] ?? null,
    is_error,
    exit_code: null,
    raw: line,
  };
}
