import { version } from "../base/version.ts";
import { acpAnswer, acpError, acpTurnOutcome } from "./acp-outcomes.ts";
import { acpAsked, acpToolResult, acpToolUse, acpUsage } from "./acp-updates.ts";
import { AgentReader, type Answer, type Heard, heard, lineOf, nothingPending, resumeFailed } from "./agent-reader.ts";
import { reasonOfError, resetTimeIn } from "./error-signs.ts";
import { asObject, type JsonObject, numberIn, objectIn, objectsIn, textIn } from "./fields.ts";
import { noSuchMethod, type RpcError, type RpcId, type RpcMessage, rpcMessage } from "./json-rpc.ts";
import type { AgentEvent, TurnOutcome, Usage } from "./normalised-event.ts";
import { costSince, noUsage } from "./usage.ts";

export interface AcpSession {
  readonly counters: Usage | null;
  readonly resumes: string | null;
  readonly cwd: string;
  readonly model?: string | null;
  readonly mode?: string | null;
}

const initializeId = "overmind-initialize";
const newId = "overmind-new";
const resumeId = "overmind-resume";
const modeId = "overmind-mode";
const messagePrefix = "overmind-message-";

/**
 * The Agent Client Protocol, version 1, as a client that lends no files and no terminal: agents that
 * are offered those were seen to fail on files that do not exist yet.
 */
export class AcpReader extends AgentReader {
  readonly #session: AcpSession;
  /** Requests of the agent that wait for a human, by key. */
  readonly #asked = new Map<string, { readonly id: RpcId; readonly params: JsonObject }>();
  readonly #unconfirmed = new Set<string>();
  readonly #confirmed = new Set<string>();
  readonly #toolsSeen = new Set<string>();
  /** From going on with an old conversation to the first message: what is told then is not news. */
  #isReplaying = false;
  #isOpen = false;
  /** An old session is loaded: from then until the agent is known to have told all of it. */
  #isLoading = false;
  /** Of the chunk before: a new message is a new text. */
  #chunkOf: string | null = null;
  #costBefore: number | null;

  constructor(session: AcpSession) {
    super(session.counters);
    this.#session = session;
    this.#costBefore = session.counters?.cost_usd ?? null;
    this.talk.isReady = false;
  }

  override opening(): string {
    const clientInfo = { name: "overmind", title: "Overmind", version };
    return call(initializeId, "initialize", { protocolVersion: 1, clientCapabilities: {}, clientInfo });
  }

  override userMessage(id: string, text: string): string | null {
    if (!this.talk.isReady) return null;
    this.expectMessage(id, text);
    return call(messagePrefix + id, "session/prompt", { sessionId: this.talk.sessionId, prompt: [{ type: "text", text }] });
  }

  override expectMessage(id: string, _text: string): void {
    this.#isReplaying = false;
    this.#unconfirmed.add(id);
    this.talk.beginTurn();
  }

  /** What is asked is answered with "cancelled", as the protocol wants of a client that cancels. */
  override interrupt(): string | null {
    if (!this.talk.isRunning) return null;
    const answers = [...this.#asked.values()].map(({ id }) => reply(id, { outcome: { outcome: "cancelled" } }));
    for (const key of [...this.#asked.keys()]) this.#settle(key);
    return lineOf({ jsonrpc: "2.0", method: "session/cancel", params: { sessionId: this.talk.sessionId } }) + answers.join("");
  }

  override answerPermission(requestId: string, answer: Answer): string {
    const asked = this.#asked.get(requestId);
    if (asked === undefined) throw nothingPending(requestId);
    const outcome = acpAnswer(asked.params, answer);
    this.#settle(requestId);
    return reply(asked.id, { outcome });
  }

  protected override hear(line: JsonObject, heardAt: number): Heard {
    const message = rpcMessage(line);
    switch (message?.kind) {
      case "result":
        return this.#result(message.id, message.result, line);
      case "error":
        return this.#refused(message.id, message.error, line, heardAt);
      case "request":
        return this.#request(message, line);
      case "notification":
        return this.#notice(message.method, message.params, line);
      default:
        return heard([this.talk.system("unknown", null, line)]);
    }
  }

  #result(id: RpcId, result: JsonObject, line: JsonObject): Heard {
    const events = [this.talk.system("response", String(id), line)];
    if (id === initializeId) return heard(events, { replies: [this.#openSession(result)] });
    if (id === newId || id === resumeId) return heard(events, { replies: this.#opened(id, result) });
    if (id === modeId) this.#loaded();
    const messageId = messageIdOf(id);
    if (messageId === null) return heard(events);
    return heard(this.#turnEnd(result, line), { delivered: this.#confirm(messageId) });
  }

  #openSession(result: JsonObject): string {
    const { resumes, cwd } = this.#session;
    const abilities = objectIn(result, "agentCapabilities");
    const place = { cwd, mcpServers: [] };
    if (resumes === null) return call(newId, "session/new", place);
    this.#isReplaying = true;
    if (asObject(objectIn(abilities, "sessionCapabilities")["resume"]) !== null) {
      return call(resumeId, "session/resume", { sessionId: resumes, ...place });
    }
    this.#isLoading = true;
    return call(resumeId, "session/load", { sessionId: resumes, ...place });
  }

  #opened(id: RpcId, result: JsonObject): string[] {
    this.#isOpen = true;
    this.talk.sessionId = textIn(result, "sessionId") ?? (id === resumeId ? this.#session.resumes : null);
    this.talk.isReady = this.talk.sessionId !== null;
    if (!this.talk.isReady) return [];
    const mode = this.#chooseMode(this.#isLoading ? textIn(objectIn(result, "modes"), "currentModeId") : null);
    // Gemini goes on to tell of the old session when it has said that it is loaded, but reads nothing meanwhile:
    // what it answers to the next request comes after all that.
    this.#isLoading &&= mode.length > 0;
    this.talk.isReady = !this.#isLoading;
    return [...this.#chooseModel(result), ...mode];
  }

  #loaded(): void {
    if (this.#isLoading) this.talk.isReady = true;
    this.#isLoading = false;
  }

  #chooseModel(result: JsonObject): string[] {
    const { model } = this.#session;
    const sessionId = this.talk.sessionId;
    if (model === undefined || model === null) return [];
    this.talk.model = model;
    const setting = objectsIn(result, "configOptions").find(
      (one) => textIn(one, "category") === "model" || textIn(one, "id") === "model",
    );
    if (setting === undefined) return [call("overmind-model", "session/set_model", { sessionId, modelId: model })];
    return [call("overmind-model", "session/set_config_option", { sessionId, configId: textIn(setting, "id"), value: model })];
  }

  /** @param present chosen again where no other is asked for; null: none */
  #chooseMode(present: string | null): string[] {
    const mode = this.#session.mode ?? present;
    return mode === null ? [] : [call(modeId, "session/set_mode", { sessionId: this.talk.sessionId, modeId: mode })];
  }

  #refused(id: RpcId, error: RpcError, line: JsonObject, heardAt: number): Heard {
    const event = this.talk.system("error_response", error.message, line);
    const told = acpError(error);
    const messageId = messageIdOf(id);
    if (messageId !== null) {
      if (reasonOfError(told)?.reason === "rate_limited") this.talk.rateLimit = { until: resetTimeIn(told.message, heardAt) };
      return heard([event, ...this.#end({ kind: "failed", error: told }, null, line)], { delivered: this.#confirm(messageId) });
    }
    if (id === modeId) this.#loaded();
    if (id === resumeId) return this.#startAnew(event, told.message, line);
    if (id !== newId && id !== initializeId) return heard([event]);
    return heard([event, ...this.#end({ kind: "failed", error: told }, null, line)]);
  }

  /** The old conversation cannot be had again: it says so, and begins a new one. */
  #startAnew(event: AgentEvent, why: string, line: JsonObject): Heard {
    this.#isReplaying = false;
    this.#isLoading = false;
    this.talk.counters = { ...noUsage, cost_usd: 0 };
    this.#costBefore = 0;
    const place = { cwd: this.#session.cwd, mcpServers: [] };
    return heard([event, this.talk.system("resume_failed", resumeFailed(why), line)], {
      replies: [call(newId, "session/new", place)],
    });
  }

  #request({ id, method, params }: Extract<RpcMessage, { kind: "request" }>, line: JsonObject): Heard {
    if (method !== "session/request_permission") {
      const refusal = lineOf({ jsonrpc: "2.0", id, error: noSuchMethod });
      return heard([this.talk.system("request", method, line)], { replies: [refusal] });
    }
    const key = String(id);
    this.#asked.set(key, { id, params });
    const delivered = this.#confirmAll();
    return heard([...this.talk.flush(line), this.talk.ask(acpAsked(key, params), line)], { delivered });
  }

  #notice(method: string, params: JsonObject, line: JsonObject): Heard {
    const update = objectIn(params, "update");
    if (method !== "session/update") return heard([this.talk.system(method, null, line)]);
    const kind = textIn(update, "sessionUpdate") ?? "update";
    // Before a session is open there is nothing but an old one that can be told of.
    if (this.#isReplaying || !this.#isOpen) return heard([this.talk.system("replay", kind, line)]);
    return heard(this.#update(kind, update, line), { delivered: isOfTurn(kind) ? this.#confirmAll() : [] });
  }

  #update(kind: string, update: JsonObject, line: JsonObject): AgentEvent[] {
    switch (kind) {
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
        return [this.talk.system(kind, textIn(update, "title"), line)];
    }
  }

  #chunk(type: "text" | "thinking", update: JsonObject, line: JsonObject): AgentEvent[] {
    const text = textIn(objectIn(update, "content"), "text");
    if (text === null) return [this.talk.system("content", null, line)];
    this.talk.beginTurn();
    const messageId = textIn(update, "messageId");
    const before = messageId === this.#chunkOf ? [] : this.talk.flush(line);
    this.#chunkOf = messageId;
    return [...before, ...this.talk.piece(type, text, line)];
  }

  /** Some agents tell of a call first when it has ended, or when they ask for it. */
  #tool(update: JsonObject, line: JsonObject): AgentEvent[] {
    this.talk.beginTurn();
    const id = textIn(update, "toolCallId") ?? "";
    const status = textIn(update, "status");
    const events = this.talk.flush(line);
    if (!this.#toolsSeen.has(id)) events.push(acpToolUse(update, line));
    else if (status !== "completed" && status !== "failed") events.push(this.talk.system("tool_call_update", status, line));
    this.#toolsSeen.add(id);
    if (status === "completed" || status === "failed") {
      for (const [key, { params }] of this.#asked)
        if (textIn(objectIn(params, "toolCall"), "toolCallId") === id) this.#settle(key);
      events.push(acpToolResult(update, line));
    }
    return events;
  }

  #cost(update: JsonObject, line: JsonObject): AgentEvent {
    const amount = numberIn(objectIn(update, "cost"), "amount");
    if (amount !== null) this.talk.counters = { ...(this.talk.counters ?? noUsage), cost_usd: amount };
    return this.talk.system("usage_update", null, line);
  }

  #turnEnd(result: JsonObject, line: JsonObject): AgentEvent[] {
    const texts = this.talk.flush(line);
    return [...texts, ...this.#end(acpTurnOutcome(result, this.talk.state.finalText), acpUsage(result), line)];
  }

  #end(outcome: TurnOutcome, told: Usage | null, line: JsonObject): AgentEvent[] {
    const total = this.talk.counters?.cost_usd ?? null;
    // An agent that never told a cost has none to tell, rather than one of nothing.
    const cost_usd = total === 0 ? null : costSince(total, this.#costBefore);
    const isExact = total === null || this.#costBefore !== null;
    this.#costBefore = total;
    this.#asked.clear();
    this.#toolsSeen.clear();
    return this.talk.endTurn({ outcome, usage: told === null ? null : { ...told, cost_usd }, isExact, raw: line });
  }

  #confirm(messageId: string): string[] {
    this.#unconfirmed.delete(messageId);
    const isNews = !this.#confirmed.has(messageId);
    this.#confirmed.add(messageId);
    return isNews ? [messageId] : [];
  }

  #confirmAll(): string[] {
    const all = [...this.#unconfirmed];
    return all.flatMap((id) => this.#confirm(id));
  }

  #settle(key: string): void {
    this.#asked.delete(key);
    this.talk.resolve(key);
  }
}

const call = (id: string, method: string, params: JsonObject): string => lineOf({ jsonrpc: "2.0", id, method, params });
const reply = (id: RpcId, result: JsonObject): string => lineOf({ jsonrpc: "2.0", id, result });

/** Updates that only a prompt in work can cause. */
const isOfTurn = (kind: string): boolean => /^(user_message|agent_message|agent_thought)_chunk$|^tool_call|^plan$/.test(kind);

function messageIdOf(id: RpcId): string | null {
  return typeof id === "string" && id.startsWith(messagePrefix) ? id.slice(messagePrefix.length) : null;
}
