import { AgentReader, type Answer, type Heard, heard, lineOf, nothingPending, resumeFailed } from "./agent-reader.ts";
import type { JsonObject } from "./fields.ts";
import { messageIdOf, noSuchMethod, type RpcError, type RpcId, type RpcRequest, rpcMessage } from "./json-rpc.ts";
import type { AgentError, AgentEvent } from "./normalised-event.ts";

/** What was heard beside the event that its line itself is. */
export type More = Partial<Heard>;

/**
 * What agents that are talked with by JSON-RPC have in common: a greeting (initialize, then a conversation
 * that is opened or gone on with), messages as requests of ours, and requests of theirs that wait for a human.
 */
export abstract class RpcReader extends AgentReader {
  protected static readonly initializeId = "overmind-initialize";
  protected static readonly resumeId = "overmind-resume";
  /** Of the request that opens a new conversation. */
  protected abstract readonly newId: string;
  /** What every message bears beside its own fields. */
  protected readonly envelope: object = { jsonrpc: "2.0" };
  /** Requests of the agent that wait for a human, by key. */
  protected readonly asked = new Map<string, RpcRequest>();

  override answerPermission(requestId: string, answer: Answer): string {
    const asked = this.asked.get(requestId);
    if (asked === undefined) throw nothingPending(requestId);
    const response = this.answerTo(asked, answer);
    this.settle(requestId);
    return response;
  }

  /** The agent answered the greeting: what is written next. */
  protected abstract greeted(result: JsonObject, line: JsonObject): More;
  /** A conversation is open; it is the old one where `isResumed`. */
  protected abstract opened(result: JsonObject, isResumed: boolean): readonly string[];
  /** Forgets what belongs to the old conversation, and says how a new one is opened. */
  protected abstract openAnew(): string;
  protected abstract messageDone(messageId: string, result: JsonObject, line: JsonObject): More;
  protected abstract messageFailed(messageId: string, error: RpcError, line: JsonObject, heardAt: number): More;
  protected abstract notice(method: string, params: JsonObject, line: JsonObject, heardAt: number): More;
  /** What a request of the agent asks of a human; null when it is none that we know. */
  protected abstract question(request: RpcRequest, line: JsonObject): More | null;
  /** @throws OvermindError `invalid_argument` when the agent offers no such answer */
  protected abstract answerTo(asked: RpcRequest, answer: Answer): string;
  protected abstract errorOf(error: RpcError): AgentError;
  /** Any other request of ours was answered, well or not. */
  protected otherDone(_id: RpcId): void {}

  protected override hear(line: JsonObject, heardAt: number): Heard {
    const message = rpcMessage(line);
    switch (message?.kind) {
      case "result":
        return withMore([this.talk.system("response", String(message.id), line)], this.#result(message.id, message.result, line));
      case "error":
        return withMore(
          [this.talk.system("error_response", message.error.message, line)],
          this.#error(message.id, message.error, line, heardAt),
        );
      case "request":
        return this.#request(message, line);
      case "notification":
        return withMore([], this.notice(message.method, message.params, line, heardAt));
      default:
        return heard([this.talk.system("unknown", null, line)]);
    }
  }

  protected settle(key: string): void {
    this.asked.delete(key);
    this.talk.resolve(key);
  }

  /** The old conversation cannot be had again: it says so, and begins a new one. */
  protected startAnew(why: string, line: JsonObject): More {
    return { events: [this.talk.system("resume_failed", resumeFailed(why), line)], replies: [this.openAnew()] };
  }

  /** There will be no conversation. */
  protected failedToOpen(error: AgentError, line: JsonObject): More {
    return { events: this.talk.endTurn({ outcome: { kind: "failed", error }, usage: null, raw: line }) };
  }

  #result(id: RpcId, result: JsonObject, line: JsonObject): More {
    if (id === RpcReader.initializeId) return this.greeted(result, line);
    if (id === this.newId || id === RpcReader.resumeId) return { replies: this.opened(result, id === RpcReader.resumeId) };
    const messageId = messageIdOf(id);
    if (messageId !== null) return this.messageDone(messageId, result, line);
    this.otherDone(id);
    return {};
  }

  #error(id: RpcId, error: RpcError, line: JsonObject, heardAt: number): More {
    const messageId = messageIdOf(id);
    if (messageId !== null) return this.messageFailed(messageId, error, line, heardAt);
    if (id === RpcReader.resumeId) return this.startAnew(this.errorOf(error).message, line);
    if (id === this.newId || id === RpcReader.initializeId) return this.failedToOpen(this.errorOf(error), line);
    this.otherDone(id);
    return {};
  }

  #request(request: RpcRequest, line: JsonObject): Heard {
    const question = this.question(request, line);
    if (question !== null) return withMore([], question);
    const refusal = lineOf({ ...this.envelope, id: request.id, error: noSuchMethod });
    return heard([this.talk.system("request", request.method, line)], { replies: [refusal] });
  }
}

function withMore(events: readonly AgentEvent[], more: More): Heard {
  return heard([...events, ...(more.events ?? [])], more);
}
