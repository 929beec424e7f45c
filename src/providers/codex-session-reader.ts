import { version } from "../base/version.ts";
import { type Answer, lineOf } from "./agent-reader.ts";
import { approvalAnswer, approvalAsked, isForHuman } from "./codex-approval.ts";
import { usageOfThread } from "./codex-usage.ts";
import { errorFromMessage, resetTimeOfWindows } from "./error-signs.ts";
import { asObject, type JsonObject, numberIn, objectIn, textIn } from "./fields.ts";
import { type RpcError, type RpcRequest, requestIdOf } from "./json-rpc.ts";
import type { AgentError, AgentEvent, Usage } from "./normalised-event.ts";
import { type More, RpcReader } from "./rpc-reader.ts";
import { noUsage, usageSince } from "./usage.ts";

export interface CodexSession {
  readonly counters: Usage | null;
  readonly resumes: string | null;
  readonly thread: JsonObject;
}

/**
 * The lines of `codex app-server`: JSON-RPC without its version field. The greeting is initialize,
 * initialized, then thread/start or thread/resume; after that messages are turns.
 */
export class CodexSessionReader extends RpcReader {
  protected override readonly newId = "overmind-thread";
  protected override readonly envelope = {};
  readonly #session: CodexSession;
  #turnId: string | null = null;
  #interrupts = 0;
  /** The thread's running total when the present turn began. */
  #totalBefore: Usage | null;
  #limitUntil: number | null = null;

  constructor(session: CodexSession) {
    super(session.counters);
    this.#session = session;
    this.#totalBefore = session.counters;
    this.talk.isReady = false;
  }

  override opening(): string {
    const clientInfo = { name: "overmind", title: "Overmind", version };
    return lineOf({ id: RpcReader.initializeId, method: "initialize", params: { clientInfo } });
  }

  override userMessage(id: string, text: string): string | null {
    if (!this.talk.isReady) return null;
    const input = [{ type: "text", text, text_elements: [] }];
    return lineOf({ id: requestIdOf(id), method: "turn/start", params: { threadId: this.talk.sessionId, input } });
  }

  override interrupt(): string | null {
    if (this.#turnId === null) return null;
    const params = { threadId: this.talk.sessionId, turnId: this.#turnId };
    return lineOf({ id: `overmind-interrupt-${++this.#interrupts}`, method: "turn/interrupt", params });
  }

  protected override greeted(): More {
    return { replies: [lineOf({ method: "initialized", params: {} }), this.#openThread()] };
  }

  protected override opened(result: JsonObject): readonly string[] {
    const thread = objectIn(result, "thread");
    this.talk.sessionId = textIn(thread, "id");
    this.talk.model = textIn(result, "model") ?? textIn(thread, "model");
    this.talk.isReady = this.talk.sessionId !== null;
    return [];
  }

  /** The totals of a new thread begin at nothing. */
  protected override openAnew(): string {
    this.talk.counters = noUsage;
    this.#totalBefore = noUsage;
    return this.#startThread();
  }

  protected override messageDone(messageId: string, result: JsonObject): More {
    this.#turnId = textIn(objectIn(result, "turn"), "id") ?? this.#turnId;
    this.#beginTurn();
    return { delivered: [messageId] };
  }

  protected override messageFailed(messageId: string, { message }: RpcError): More {
    return { refused: [{ id: messageId, why: message }] };
  }

  protected override errorOf(error: RpcError): AgentError {
    return errorFromMessage(error.message);
  }

  protected override question(request: RpcRequest, line: JsonObject): More | null {
    if (!isForHuman(request.method)) return null;
    const key = String(request.id);
    this.asked.set(key, request);
    return { events: [this.talk.ask(approvalAsked(key, request), line)] };
  }

  protected override answerTo(asked: RpcRequest, answer: Answer): string {
    return lineOf(approvalAnswer(asked, answer));
  }

  protected override notice(method: string, params: JsonObject, line: JsonObject, heardAt: number): More {
    return { events: this.#notice(method, params, line, heardAt) };
  }

  #openThread(): string {
    const { resumes, thread } = this.#session;
    if (resumes === null) return this.#startThread();
    return lineOf({ id: RpcReader.resumeId, method: "thread/resume", params: { threadId: resumes, ...thread } });
  }

  #startThread(): string {
    return lineOf({ id: this.newId, method: "thread/start", params: this.#session.thread });
  }

  #notice(method: string, params: JsonObject, line: JsonObject, heardAt: number): AgentEvent[] {
    switch (method) {
      case "turn/started":
        this.#turnId = textIn(objectIn(params, "turn"), "id");
        this.#beginTurn();
        return [this.talk.system(method, null, line)];
      case "item/agentMessage/delta":
        return this.talk.piece("text", textIn(params, "delta") ?? "", line);
      case "item/reasoning/textDelta":
      case "item/reasoning/summaryTextDelta":
        return this.talk.piece("thinking", textIn(params, "delta") ?? "", line);
      case "item/started":
      case "item/completed":
        return this.#item(objectIn(params, "item"), method === "item/completed", line);
      case "thread/tokenUsage/updated":
        return [this.#tokens(objectIn(params, "tokenUsage"), line)];
      case "account/rateLimits/updated":
        return [this.#limits(objectIn(params, "rateLimits"), line)];
      case "serverRequest/resolved":
        this.settle(String(params["requestId"]));
        return [this.talk.system(method, null, line)];
      case "error":
        return [this.#error(params, line, heardAt)];
      case "turn/completed":
        return this.#turnEnd(objectIn(params, "turn"), line, heardAt);
      default:
        return [this.talk.system(method, textIn(params, "message") ?? textIn(params, "summary"), line)];
    }
  }

  #beginTurn(): void {
    if (!this.talk.isRunning) this.#totalBefore = this.talk.counters;
    this.talk.beginTurn();
  }

  #item(item: JsonObject, isDone: boolean, line: JsonObject): AgentEvent[] {
    const type = textIn(item, "type") ?? "unknown";
    if (type === "agentMessage" && isDone) return [this.talk.whole("text", textIn(item, "text") ?? "", line)];
    if (type === "reasoning" && isDone) return [this.talk.whole("thinking", reasoningText(item), line)];
    if (["agentMessage", "reasoning", "userMessage"].includes(type)) return [this.talk.system(type, null, line)];
    const id = textIn(item, "id") ?? "";
    if (!isDone) return [{ type: "tool_use", id, tool: type, input: itemInput(item), raw: line }];
    const status = textIn(item, "status");
    const exit_code = numberIn(item, "exitCode");
    const is_error = status === "failed" || status === "declined" || (exit_code ?? 0) !== 0;
    const output = item["aggregatedOutput"] ?? item["result"] ?? item["error"] ?? null;
    return [{ type: "tool_result", id, output, is_error, exit_code, raw: line }];
  }

  /** A thread that is gone on with tells its total before the first turn: that is where it begins. */
  #tokens(usage: JsonObject, line: JsonObject): AgentEvent {
    const total = usageOfThread(objectIn(usage, "total"));
    if (this.talk.isRunning && this.#totalBefore === null)
      this.#totalBefore = usageSince(total, usageOfThread(objectIn(usage, "last")));
    this.talk.counters = total;
    if (this.talk.isRunning) this.talk.soFar = this.#turnUsage();
    return this.talk.system("thread/tokenUsage/updated", null, line);
  }

  #limits(limits: JsonObject, line: JsonObject): AgentEvent {
    this.#limitUntil = resetTimeOfWindows(limits);
    const reached = textIn(limits, "rateLimitReachedType");
    if (reached !== null) this.talk.rateLimit = { until: this.#limitUntil };
    return this.talk.system("account/rateLimits/updated", reached, line);
  }

  #error(params: JsonObject, line: JsonObject, heardAt: number): AgentEvent {
    this.talk.error = this.#withLimit(codexError(objectIn(params, "error")), heardAt);
    const isRetry = params["willRetry"] === true;
    if (isRetry) this.talk.retries++;
    return this.talk.system(isRetry ? "retry" : "error", this.talk.error.message, line);
  }

  #turnEnd(turn: JsonObject, line: JsonObject, heardAt: number): AgentEvent[] {
    const status = textIn(turn, "status");
    const told = asObject(turn["error"]);
    const error = told === null ? null : this.#withLimit(codexError(told), heardAt);
    const usage = this.#turnUsage();
    const kind = status === "completed" ? "completed" : status === "interrupted" ? "interrupted" : "failed";
    this.#turnId = null;
    this.asked.clear();
    const isExact = this.#totalBefore !== null;
    return this.talk.endTurn({ outcome: { kind, error }, usage, isExact, durationMs: numberIn(turn, "durationMs"), raw: line });
  }

  #turnUsage(): Usage {
    const now = this.talk.counters;
    if (now === null || this.#totalBefore === null) return noUsage;
    return { ...usageSince(now, this.#totalBefore), cost_usd: null };
  }

  #withLimit(error: AgentError, heardAt: number): AgentError {
    // Its windows tell seconds, its words the minute only. Those of a former limit are over by now.
    this.noteLimit(error, heardAt, (this.#limitUntil ?? 0) > heardAt ? this.#limitUntil : null);
    return error;
  }
}

/** `codexErrorInfo` is a word, or an object of one word whose value may hold the HTTP status. */
function codexError(error: JsonObject): AgentError {
  const message = textIn(error, "message") ?? "error";
  const info = error["codexErrorInfo"];
  const type = typeof info === "string" ? info : (Object.keys(asObject(info) ?? {})[0] ?? null);
  const status = type === null ? null : numberIn(objectIn(asObject(info) ?? {}, type), "httpStatusCode");
  if (status === null && (type === null || type === "other")) return errorFromMessage(message);
  return { status, type, message, confidence: "structured" };
}

function itemInput(item: JsonObject): unknown {
  return textIn(item, "type") === "commandExecution" ? { command: textIn(item, "command"), cwd: textIn(item, "cwd") } : item;
}

function reasoningText(item: JsonObject): string {
  return ["text", "summary", "content"]
    .flatMap((key) => item[key] ?? [])
    .map((part) => (typeof part === "string" ? part : (textIn(asObject(part) ?? {}, "text") ?? "")))
    .join("\n");
}
