/**
 * What one turn, or one attempt, has used. Providers count in different ways; here the four kinds of
 * input are apart and never counted twice.
 */
export interface Usage {
  /** Input that no cache answered. */
  readonly input_tokens: number;
  /** Input read from a cache. */
  readonly cached_tokens: number;
  /** Input written to a cache. */
  readonly cache_write_tokens: number;
  /** Output with reasoning. */
  readonly output_tokens: number;
  /** The part of the output that was reasoning. */
  readonly reasoning_tokens: number;
  /** US dollars as the agent says; null: it does not say. */
  readonly cost_usd: number | null;
}

/** How sure a classification is: a terminal event, a code or status, or only words. */
export type Confidence = "structured" | "status" | "text";

/** One way in which a request may be answered, exactly as the agent offers it. */
export interface AnswerOption {
  readonly id: string;
  readonly label: string;
  /** `allow_once allow_always reject_once reject_always`; null where the agent does not say. */
  readonly kind: string | null;
}

/** What an agent asks of a human, and waits for. */
export interface PendingRequest {
  readonly request_id: string;
  readonly kind: "permission" | "question";
  readonly tool: string;
  readonly input: unknown;
  readonly description: string | null;
  /** Empty: the exact answers are not known. */
  readonly options: readonly AnswerOption[];
}

interface FromAgent {
  /** The provider's own object; for a line that is no object, the line. */
  readonly raw: unknown;
}

/** `delta` pieces come again in one whole text, so a reader takes the ones or the other. */
interface Said<T extends string> extends FromAgent {
  readonly type: T;
  readonly text: string;
  readonly delta: boolean;
}
export type TextEvent = Said<"text">;
export type ThinkingEvent = Said<"thinking">;

export interface ToolUseEvent extends FromAgent {
  readonly type: "tool_use";
  readonly id: string;
  readonly tool: string;
  readonly input: unknown;
}

export interface ToolResultEvent extends FromAgent {
  readonly type: "tool_result";
  readonly id: string;
  readonly output: unknown;
  readonly is_error: boolean;
  /** Null where the agent does not tell. */
  readonly exit_code: number | null;
}

/** At the end of a turn: what the turn took, and the attempt so far. */
export interface UsageEvent extends FromAgent {
  readonly type: "usage";
  readonly turn: Usage;
  readonly total: Usage;
  /** False: the agent only tells a running total, whose start was not seen. */
  readonly is_exact: boolean;
}

export interface NeedsInputEvent extends FromAgent, PendingRequest {
  readonly type: "needs_input";
  readonly kind: "permission" | "question";
}

/** One per turn: how it ended. */
export interface ResultEvent extends FromAgent {
  readonly type: "result";
  readonly outcome: TurnOutcome["kind"];
  readonly is_error: boolean;
  readonly text: string;
  /** Not `error`: a shell client that finds that key takes the whole reply for a refusal. */
  readonly error_text: string | null;
  readonly session_id: string | null;
  /** Counts from 1 within the attempt. */
  readonly turn: number;
  readonly duration_ms: number | null;
  readonly cost_usd: number | null;
}

/** A line that is no message of the agent's protocol. */
export interface PlainEvent extends FromAgent {
  readonly type: "plain";
  readonly text: string;
}

/** Everything else the agent says of itself; `subtype` is the agent's own word. */
export interface SystemEvent extends FromAgent {
  readonly type: "system";
  readonly subtype: string;
  readonly message: string | null;
}

/** Made by whoever supervises the attempt, never by a reader. */
export interface ExitEvent {
  readonly type: "exit";
  readonly status: string;
  readonly exit_code: number | null;
}

export type AgentEvent =
  | TextEvent
  | ThinkingEvent
  | ToolUseEvent
  | ToolResultEvent
  | UsageEvent
  | NeedsInputEvent
  | ResultEvent
  | PlainEvent
  | SystemEvent;
export type NormalisedEvent = AgentEvent | ExitEvent;

/** An error as the agent tells it, with how it was learnt. */
export interface AgentError {
  /** HTTP status; null when unknown. */
  readonly status: number | null;
  readonly type: string | null;
  readonly message: string;
  readonly confidence: Confidence;
}

/** How a turn ended, from the agent's own terminal event. */
export interface TurnOutcome {
  readonly kind: "completed" | "failed" | "interrupted" | "refused" | "budget";
  readonly error: AgentError | null;
}
