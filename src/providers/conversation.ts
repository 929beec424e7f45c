import { JoinedText } from "./joined-text.ts";
import type {
  AgentError,
  AgentEvent,
  NeedsInputEvent,
  PendingRequest,
  PlainEvent,
  SystemEvent,
  TextEvent,
  ThinkingEvent,
  TurnOutcome,
  Usage,
} from "./normalised-event.ts";
import { addUsage, noUsage } from "./usage.ts";

/** What a reader knows of its attempt. A pure consequence of the lines it was given. */
export interface ReaderState {
  /** The agent takes messages now, or will queue them itself. */
  readonly isReady: boolean;
  readonly sessionId: string | null;
  readonly model: string | null;
  readonly turn: "idle" | "running" | "waiting";
  /** Turns that have ended. */
  readonly turns: number;
  /** The last whole text of the present or latest turn. */
  readonly finalText: string;
  /** Of the latest turn; null while one runs and before the first. */
  readonly outcome: TurnOutcome | null;
  /** The latest error of the present turn, also one the agent went on from. */
  readonly error: AgentError | null;
  /** Of this attempt. */
  readonly usage: Usage;
  /** What the turn that runs has used so far, where the agent tells before its end; the end tells it exactly. */
  readonly soFar: Usage;
  /** The agent's own running totals; the next attempt of the same conversation begins from them. */
  readonly counters: Usage | null;
  /** Times the agent itself tried its model again. */
  readonly retries: number;
  /** Set while the agent says that a limit holds; `until` in epoch ms where it says so. */
  readonly rateLimit: { readonly until: number | null } | null;
  readonly pending: readonly PendingRequest[];
  /** The newest lines that were no protocol: a CLI's own complaints. */
  readonly tail: readonly string[];
}

export interface TurnEnd {
  readonly outcome: TurnOutcome;
  /** Null: the agent told nothing for this turn. */
  readonly usage: Usage | null;
  readonly isExact?: boolean;
  readonly durationMs?: number | null;
  /** Where the terminal event says it; else the last whole text. */
  readonly text?: string | null;
  readonly raw: unknown;
}

type Said = (TextEvent | ThinkingEvent)["type"];

const nothing: readonly PendingRequest[] = [];
const keptLines = 20;
const keptLength = 500;

/** The part of an attempt that all agents have in common: turns, texts, requests, usage, limits. */
export class Conversation {
  sessionId: string | null = null;
  model: string | null = null;
  isReady = true;
  retries = 0;
  error: AgentError | null = null;
  rateLimit: { until: number | null } | null = null;
  counters: Usage | null;
  soFar: Usage = noUsage;
  #isRunning = false;
  #turns = 0;
  #outcome: TurnOutcome | null = null;
  #usage = noUsage;
  #text = "";
  readonly #pieces: Record<Said, JoinedText> = { text: new JoinedText(), thinking: new JoinedText() };
  readonly #pending = new Map<string, PendingRequest>();
  #tail: string[] = [];

  /** @param counters where the agent's running totals stood when the attempt began; null: unknown */
  constructor(counters: Usage | null = null) {
    this.counters = counters;
  }

  /** As it stands; to be asked at each line, there are the single parts. */
  get state(): ReaderState {
    return {
      isReady: this.isReady,
      sessionId: this.sessionId,
      model: this.model,
      turn: this.turn,
      turns: this.#turns,
      finalText: this.#text,
      outcome: this.#outcome,
      error: this.error,
      usage: this.#usage,
      soFar: this.soFar,
      counters: this.counters,
      retries: this.retries,
      rateLimit: this.rateLimit,
      pending: this.pending,
      tail: this.#tail,
    };
  }

  get turn(): ReaderState["turn"] {
    return this.#pending.size > 0 ? "waiting" : this.#isRunning ? "running" : "idle";
  }

  get turns(): number {
    return this.#turns;
  }

  get pending(): readonly PendingRequest[] {
    return this.#pending.size === 0 ? nothing : [...this.#pending.values()];
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Idempotent within a turn. */
  beginTurn(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#outcome = null;
    this.#text = "";
    this.error = null;
    this.soFar = noUsage;
  }

  /** A piece of a text that will end with `whole` or `flush`. */
  piece(type: Said, text: string, raw: unknown): AgentEvent[] {
    if (text === "") return [this.system("empty_text", null, raw)];
    const other = type === "text" ? "thinking" : "text";
    const before = this.#take(other, raw);
    this.#pieces[type].add(text);
    return [...before, { type, text, delta: true, raw }];
  }

  /** A complete text; it stands for the pieces that came before it. */
  whole(type: Said, text: string, raw: unknown, isFinal = true): TextEvent | ThinkingEvent {
    if (isFinal) this.#pieces[type].drop();
    if (type === "text" && isFinal) this.#text = text;
    return { type, text, delta: false, raw };
  }

  /** The pieces so far as whole texts: the agent went on to something else, or ended. */
  flush(raw: unknown): AgentEvent[] {
    return [...this.#take("thinking", raw), ...this.#take("text", raw)];
  }

  ask(request: PendingRequest, raw: unknown): NeedsInputEvent {
    this.#pending.set(request.request_id, request);
    return { type: "needs_input", ...request, raw };
  }

  resolve(requestId: string): void {
    this.#pending.delete(requestId);
  }

  plain(line: string): PlainEvent {
    this.#tail = [...this.#tail.slice(1 - keptLines), line.slice(0, keptLength)];
    return { type: "plain", text: line, raw: line };
  }

  system(subtype: string, message: string | null, raw: unknown): SystemEvent {
    return { type: "system", subtype, message, raw };
  }

  endTurn(end: TurnEnd): AgentEvent[] {
    const before = this.flush(end.raw);
    this.#isRunning = false;
    this.#turns++;
    this.soFar = noUsage;
    this.#pending.clear();
    this.#outcome = end.outcome;
    this.error = end.outcome.error;
    if (end.outcome.kind === "completed") this.rateLimit = null;
    if (end.text !== undefined && end.text !== null && end.outcome.kind === "completed") this.#text = end.text;
    return [...before, ...this.#usageEvent(end), this.#resultEvent(end)];
  }

  /** A terminal event alone, for agents that tell usage and end apart. */
  #usageEvent(end: TurnEnd): AgentEvent[] {
    if (end.usage === null) return [];
    this.#usage = addUsage(this.#usage, end.usage);
    return [{ type: "usage", turn: end.usage, total: this.#usage, is_exact: end.isExact ?? true, raw: end.raw }];
  }

  #resultEvent(end: TurnEnd): AgentEvent {
    const { kind, error } = end.outcome;
    return {
      type: "result",
      outcome: kind,
      is_error: kind !== "completed",
      text: end.text ?? this.#text,
      error_text: error?.message ?? null,
      session_id: this.sessionId,
      turn: this.#turns,
      duration_ms: end.durationMs ?? null,
      cost_usd: end.usage?.cost_usd ?? null,
      raw: end.raw,
    };
  }

  #take(type: Said, raw: unknown): AgentEvent[] {
    const text = this.#pieces[type].take();
    return text === "" ? [] : [this.whole(type, text, raw)];
  }
}
