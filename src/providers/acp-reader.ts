import type { CancelRequestNotification, InitializeResponse, SessionNotification } from "@agentclientprotocol/sdk";
import { AcpOpening, type AcpWish } from "./acp-opening.ts";
import { acpAnswer, acpError, acpTurnOutcome, authError, otherVersionError } from "./acp-outcomes.ts";
import {
  acpCode,
  clientMethod,
  notification,
  permission,
  protocolMethod,
  request,
  requestCancelled,
  type Told,
} from "./acp-protocol.ts";
import { AcpTelling, isOfTurn } from "./acp-telling.ts";
import { acpAsked, acpUsage, isOver } from "./acp-updates.ts";
import type { Answer } from "./agent-reader.ts";
import { type JsonObject, objectIn, textIn } from "./fields.ts";
import { type RpcError, type RpcId, type RpcRequest, requestIdOf } from "./json-rpc.ts";
import type { AgentError, AgentEvent, TurnOutcome, Usage } from "./normalised-event.ts";
import { Receipts } from "./receipts.ts";
import { type More, RpcReader } from "./rpc-reader.ts";
import { costSince, noUsage } from "./usage.ts";

export interface AcpSession extends AcpWish {
  readonly counters: Usage | null;
}

/** The Agent Client Protocol, version 1, as the client. */
export class AcpReader extends RpcReader {
  protected override readonly newId = "overmind-new";
  readonly #opening: AcpOpening;
  readonly #telling = new AcpTelling(this.talk);
  readonly #receipts = new Receipts();
  #costBefore: number | null;

  constructor(session: AcpSession) {
    super(session.counters);
    this.#opening = new AcpOpening(session, {
      initialize: RpcReader.initializeId,
      open: this.newId,
      resume: RpcReader.resumeId,
    });
    this.talk.model = session.model ?? null;
    this.#costBefore = session.counters?.cost_usd ?? null;
    this.talk.isReady = false;
  }

  override opening(): string {
    return this.#opening.greeting();
  }

  override userMessage(id: string, text: string): string | null {
    const { sessionId } = this.talk;
    if (!this.talk.isReady || sessionId === null) return null;
    this.expectMessage(id, text);
    return request(requestIdOf(id), "session/prompt", { sessionId, prompt: [{ type: "text", text }] });
  }

  override expectMessage(id: string, _text: string): void {
    this.#opening.messageSent();
    this.#receipts.expect(id);
    this.talk.beginTurn();
  }

  /** What is asked is answered with "cancelled", as the protocol wants of a client that cancels. */
  override interrupt(): string | null {
    const { isRunning, sessionId } = this.talk;
    if (!isRunning || sessionId === null) return null;
    const answers = [...this.asked.values()].map(({ id }) => permission(id, { outcome: { outcome: "cancelled" } }));
    for (const key of [...this.asked.keys()]) this.settle(key);
    return notification("session/cancel", { sessionId }) + answers.join("");
  }

  protected override greeted(result: Told<InitializeResponse>, line: JsonObject): More {
    const other = this.#opening.otherVersion(result);
    if (other !== null) return this.failedToOpen(otherVersionError(other), line);
    const opens = this.#opening.open(result);
    return opens === null ? this.startAnew("the agent can neither resume nor load one", line) : { replies: [opens] };
  }

  protected override opened(result: JsonObject, isResumed: boolean): readonly string[] {
    const replies = this.#opening.opened(result, isResumed);
    this.talk.sessionId = this.#opening.sessionId;
    this.talk.isReady = this.#opening.isReady;
    return replies;
  }

  protected override openAnew(): string {
    this.talk.counters = { ...noUsage, cost_usd: 0 };
    this.#costBefore = 0;
    return this.#opening.openNew();
  }

  protected override otherDone(id: RpcId): void {
    this.#opening.answered(id);
    this.talk.isReady = this.#opening.isReady;
  }

  protected override messageDone(messageId: string, result: JsonObject, line: JsonObject): More {
    const texts = this.talk.flush(line);
    const outcome = acpTurnOutcome(result, this.talk.state.finalText);
    const events = [...texts, ...this.#end(outcome, acpUsage(result), line)];
    return { events, delivered: this.#receipts.confirm(messageId) };
  }

  protected override messageFailed(messageId: string, told: RpcError, line: JsonObject, heardAt: number): More {
    const error = this.errorOf(told);
    this.noteLimit(error, heardAt);
    const kind = told.code === acpCode.requestCancelled ? "interrupted" : "failed";
    return { events: this.#end({ kind, error }, null, line), delivered: this.#receipts.confirm(messageId) };
  }

  protected override errorOf(error: RpcError): AgentError {
    return error.code === acpCode.authRequired ? authError(error, this.#opening.authMethods) : acpError(error);
  }

  protected override question({ id, method, params }: RpcRequest, line: JsonObject): More | null {
    if (method !== clientMethod.session_request_permission) return null;
    const key = String(id);
    this.asked.set(key, { kind: "request", id, method, params });
    return {
      events: [...this.talk.flush(line), this.talk.ask(acpAsked(key, params), line)],
      delivered: this.#receipts.confirmAll(),
    };
  }

  protected override answerTo({ id, params }: RpcRequest, answer: Answer): string {
    return permission(id, { outcome: acpAnswer(params, answer) });
  }

  protected override notice(method: string, params: JsonObject, line: JsonObject): More {
    if (method === clientMethod.session_update) return this.#update(params, line);
    const replies = method === protocolMethod.cancel_request ? this.#takenBack(params) : [];
    return { events: [this.talk.system(method, null, line)], replies };
  }

  #update(params: Told<SessionNotification>, line: JsonObject): More {
    const update = objectIn(params, "update");
    const kind = textIn(update, "sessionUpdate") ?? "update";
    if (this.#opening.tellsOfOld) return { events: [this.talk.system("replay", kind, line)] };
    const events = this.#telling.hear(kind, update, line);
    if (isOver(update)) this.#settleCall(textIn(update, "toolCallId"));
    return { events, delivered: isOfTurn(kind) ? this.#receipts.confirmAll() : [] };
  }

  /** A call that is over has nothing left to ask. */
  #settleCall(callId: string | null): void {
    if (callId === null) return;
    for (const [key, { params }] of this.asked) {
      if (textIn(objectIn(params, "toolCall"), "toolCallId") === callId) this.settle(key);
    }
  }

  /** The agent wants no answer any more to what it asked; the protocol wants one all the same. */
  #takenBack(params: Told<CancelRequestNotification>): string[] {
    const asked = this.asked.get(String(params.requestId));
    if (asked === undefined) return [];
    this.settle(String(asked.id));
    return [requestCancelled(asked.id)];
  }

  #end(outcome: TurnOutcome, told: Usage | null, line: JsonObject): AgentEvent[] {
    const total = this.talk.counters?.cost_usd ?? null;
    // An agent that never told a cost has none to tell, rather than one of nothing.
    const cost_usd = total === 0 ? null : costSince(total, this.#costBefore);
    const isExact = total === null || this.#costBefore !== null;
    this.#costBefore = total;
    this.asked.clear();
    this.#telling.turnEnded();
    return this.talk.endTurn({ outcome, usage: told === null ? null : { ...told, cost_usd }, isExact, raw: line });
  }
}
