import { AgentReader, type Answer, type Heard, heard, lineOf, nothingPending } from "./agent-reader.ts";
import { permissionAnswer, permissionAsked } from "./claude-permission.ts";
import { ownUsage, usageOfTurn } from "./claude-usage.ts";
import { errorFromMessage, resetTimeIn } from "./error-signs.ts";
import { type JsonObject, listIn, numberIn, objectIn, objectsIn, objectsOf, textIn } from "./fields.ts";
import type { AgentError, AgentEvent, TurnOutcome } from "./normalised-event.ts";
import { addUsage, noUsage } from "./usage.ts";

/** Claude Code's stream-json, with the control channel beside it. */
export class ClaudeReader extends AgentReader {
  readonly #asked = new Map<string, JsonObject>();
  /** Messages of the present turn whose usage is counted. */
  readonly #counted = new Set<string>();
  /** Messages written and not yet confirmed, in order. */
  readonly #unconfirmed = new Map<string, string>();
  readonly #confirmed = new Set<string>();
  #interrupts = 0;

  override opening(): string {
    return lineOf({ type: "control_request", request_id: "overmind-initialize", request: { subtype: "initialize" } });
  }

  override userMessage(id: string, text: string): string {
    this.expectMessage(id, text);
    return lineOf({ type: "user", uuid: id, message: { role: "user", content: [{ type: "text", text }] } });
  }

  override expectMessage(id: string, text: string): void {
    this.#unconfirmed.set(id, text);
  }

  override interrupt(): string {
    const request_id = `overmind-interrupt-${++this.#interrupts}`;
    return lineOf({ type: "control_request", request_id, request: { subtype: "interrupt" } });
  }

  override answerPermission(requestId: string, answer: Answer): string {
    const asked = this.#asked.get(requestId);
    if (asked === undefined) throw nothingPending(requestId);
    const response = permissionAnswer(asked, answer);
    this.#settle(requestId);
    return lineOf({ type: "control_response", response: { subtype: "success", request_id: requestId, response } });
  }

  protected override hear(line: JsonObject, heardAt: number): Heard {
    this.talk.sessionId = textIn(line, "session_id") ?? this.talk.sessionId;
    switch (textIn(line, "type")) {
      case "system":
        return heard([this.#system(line)]);
      case "assistant":
        return heard(this.#assistant(line));
      case "user":
        return this.#user(line);
      case "stream_event":
        return heard(this.#piece(line));
      case "result":
        return heard(this.#result(line, heardAt));
      case "control_request":
        return this.#control(line);
      case "control_cancel_request":
        this.#settle(textIn(line, "request_id") ?? "");
        return heard([this.talk.system("control_cancel_request", null, line)]);
      case "command_lifecycle":
        return this.#lifecycle(line);
      case "rate_limit_event":
        return heard([this.#limit(line)]);
      default:
        return heard([this.talk.system(textIn(line, "type") ?? "unknown", null, line)]);
    }
  }

  #system(line: JsonObject): AgentEvent {
    const subtype = textIn(line, "subtype") ?? "system";
    if (subtype === "init") {
      this.talk.model = textIn(line, "model") ?? this.talk.model;
      this.talk.beginTurn();
    }
    if (subtype === "api_retry") return this.#retry(line);
    return this.talk.system(subtype, textIn(line, "message"), line);
  }

  #retry(line: JsonObject): AgentEvent {
    this.talk.retries++;
    const status = numberIn(line, "error_status");
    const type = textIn(line, "error");
    this.talk.error = {
      status,
      type,
      message: `${type ?? "error"}${status === null ? "" : ` (${status})`}`,
      confidence: "structured",
    };
    return this.talk.system("api_retry", `retry ${numberIn(line, "attempt") ?? "?"} after ${this.talk.error.message}`, line);
  }

  #assistant(line: JsonObject): AgentEvent[] {
    this.talk.beginTurn();
    const message = objectIn(line, "message");
    if (line["is_api_error_message"] === true) {
      const text = objectsIn(message, "content")
        .map((block) => textIn(block, "text") ?? "")
        .join("");
      this.talk.error = errorOf(line, text);
      return [this.talk.system("api_error", text, line)];
    }
    this.#count(message);
    const events = objectsIn(message, "content").map((block) => this.#block(block, line));
    return events.length > 0 ? events : [this.talk.system("assistant", null, line)];
  }

  /** A message comes as several lines; of its output the number told here is only the beginning. */
  #count(message: JsonObject): void {
    const id = textIn(message, "id");
    if (id === null || this.#counted.has(id)) return;
    this.#counted.add(id);
    this.talk.soFar = addUsage(this.talk.soFar, ownUsage(objectIn(message, "usage")));
  }

  #block(block: JsonObject, line: JsonObject): AgentEvent {
    switch (textIn(block, "type")) {
      case "text":
        // What a sub-agent says is no answer of the agent's own.
        return this.talk.whole("text", textIn(block, "text") ?? "", line, textIn(line, "parent_tool_use_id") === null);
      case "thinking":
        return this.talk.whole("thinking", textIn(block, "thinking") ?? "", line);
      case "tool_use":
        return {
          type: "tool_use",
          id: textIn(block, "id") ?? "",
          tool: textIn(block, "name") ?? "unknown",
          input: block["input"] ?? {},
          raw: line,
        };
      default:
        return this.talk.system(textIn(block, "type") ?? "block", null, line);
    }
  }

  #user(line: JsonObject): Heard {
    if (line["isReplay"] === true) {
      this.talk.beginTurn();
      return heard([this.talk.system("message_received", null, line)], { delivered: this.#confirm(line) });
    }
    const results = objectsIn(objectIn(line, "message"), "content").filter((block) => textIn(block, "type") === "tool_result");
    if (results.length === 0) return heard([this.talk.system("user", plainText(line), line)]);
    return heard(results.map((block) => this.#toolResult(block, line)));
  }

  #toolResult(block: JsonObject, line: JsonObject): AgentEvent {
    const id = textIn(block, "tool_use_id") ?? "";
    for (const [requestId, asked] of this.#asked) if (textIn(asked, "tool_use_id") === id) this.#settle(requestId);
    const output = block["content"] ?? null;
    const code = typeof output === "string" ? /^Exit code (\d+)/.exec(output)?.[1] : undefined;
    return {
      type: "tool_result",
      id,
      output,
      is_error: block["is_error"] === true,
      exit_code: code === undefined ? null : Number(code),
      raw: line,
    };
  }

  /** A message is queued as soon as it is read, also while a turn runs. */
  #lifecycle(line: JsonObject): Heard {
    const id = textIn(line, "command_uuid") ?? "";
    return heard([this.talk.system("command_lifecycle", textIn(line, "state"), line)], {
      delivered: this.#unconfirmed.has(id) ? this.#take(id) : [],
    });
  }

  /** By the id it was sent with; older versions give another, then by its text, oldest first. */
  #confirm(line: JsonObject): string[] {
    const text = plainText(line);
    const uuid = textIn(line, "uuid") ?? "";
    if (this.#confirmed.has(uuid)) return [];
    const id = this.#unconfirmed.has(uuid) ? uuid : [...this.#unconfirmed].find(([, sent]) => sent === text)?.[0];
    return id === undefined ? [] : this.#take(id);
  }

  #take(id: string): string[] {
    this.#unconfirmed.delete(id);
    this.#confirmed.add(id);
    return [id];
  }

  #piece(line: JsonObject): AgentEvent[] {
    const delta = objectIn(objectIn(line, "event"), "delta");
    const isOwn = textIn(line, "parent_tool_use_id") === null;
    if (isOwn && textIn(delta, "type") === "text_delta") return this.talk.piece("text", textIn(delta, "text") ?? "", line);
    if (isOwn && textIn(delta, "type") === "thinking_delta")
      return this.talk.piece("thinking", textIn(delta, "thinking") ?? "", line);
    return [this.talk.system("stream_event", null, line)];
  }

  #control(line: JsonObject): Heard {
    const id = textIn(line, "request_id") ?? "";
    const request = objectIn(line, "request");
    if (textIn(request, "subtype") === "can_use_tool") {
      this.#asked.set(id, request);
      return heard([this.talk.ask(permissionAsked(id, request), line)]);
    }
    // Unanswered, it would wait for ever.
    const response = { subtype: "error", request_id: id, error: "Overmind does not know this request" };
    return heard([this.talk.system("control_request", textIn(request, "subtype"), line)], {
      replies: [lineOf({ type: "control_response", response })],
    });
  }

  #limit(line: JsonObject): AgentEvent {
    const info = objectIn(line, "rate_limit_info");
    const status = textIn(info, "status");
    const resetsAt = numberIn(info, "resetsAt");
    if (status === "rejected") this.talk.rateLimit = { until: resetsAt === null ? null : resetsAt * 1000 };
    return this.talk.system("rate_limit_event", status, line);
  }

  #result(line: JsonObject, heardAt: number): AgentEvent[] {
    const { usage, isExact } = usageOfTurn(line, this.talk.counters?.cost_usd ?? null);
    this.talk.counters = { ...(this.talk.counters ?? noUsage), cost_usd: numberIn(line, "total_cost_usd") };
    const outcome = outcomeOf(line, this.talk.error);
    this.noteLimit(outcome.error, heardAt, resetTimeIn(outcome.error?.message ?? "", heardAt) ?? this.talk.rateLimit?.until);
    this.#asked.clear();
    this.#counted.clear();
    const durationMs = numberIn(line, "duration_ms");
    return this.talk.endTurn({ outcome, usage, isExact, durationMs, text: textIn(line, "result"), raw: line });
  }

  #settle(requestId: string): void {
    this.#asked.delete(requestId);
    this.talk.resolve(requestId);
  }
}

/** `subtype` says "success" of API errors too: `is_error` decides, `terminal_reason` and the error fields explain. */
function outcomeOf(line: JsonObject, former: AgentError | null): TurnOutcome {
  const reason = textIn(line, "terminal_reason") ?? "";
  const subtype = textIn(line, "subtype") ?? "";
  const said = [textIn(line, "result"), ...listIn(line, "errors").map(String).filter(isForPeople)].filter(Boolean);
  const message = said.join("; ") || interruption.get(reason) || subtype || "error";
  const error = errorOf(line, message);
  if (textIn(line, "stop_reason") === "refusal") return { kind: "refused", error: { ...error, message: `refusal: ${message}` } };
  if (line["is_error"] !== true && subtype === "success") return { kind: "completed", error: null };
  if (subtype.startsWith("error_max_") || reason === "budget_exhausted") return { kind: "budget", error };
  if (reason.startsWith("aborted")) return { kind: "interrupted", error };
  const isTold = error.status !== null || error.type !== null || former === null || former.confidence !== "structured";
  return {
    kind: "failed",
    error: isTold ? error : { ...error, status: former.status, type: former.type, confidence: "structured" },
  };
}

/** It tells its makers too: `[ede_diagnostic] result_type=user last_content_type=n/a`. */
const isForPeople = (error: string): boolean => !/^\[\w+_diagnostic\]/.test(error);

const interruption: ReadonlyMap<string, string> = new Map([
  ["aborted_streaming", "interrupted while the model answered"],
  ["aborted_tools", "interrupted while a tool ran"],
]);

function errorOf(line: JsonObject, message: string): AgentError {
  const status = numberIn(line, "api_error_status");
  const type = textIn(line, "api_error_type") ?? textIn(line, "error");
  return status === null && type === null ? errorFromMessage(message) : { status, type, message, confidence: "structured" };
}

function plainText(line: JsonObject): string | null {
  const content = objectIn(line, "message")["content"];
  if (typeof content === "string") return content;
  const blocks = Array.isArray(content) ? objectsOf(content) : [];
  return blocks.map((block) => textIn(block, "text") ?? "").join("") || null;
}
