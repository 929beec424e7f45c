import { OvermindError } from "../base/errors.ts";
import { Conversation, type ReaderState } from "./conversation.ts";
import { reasonOfError, resetTimeIn } from "./error-signs.ts";
import { type JsonObject, parseLine } from "./fields.ts";
import type { AgentError, AgentEvent, Usage } from "./normalised-event.ts";

/** What one line of output means. */
export interface Heard {
  readonly events: readonly AgentEvent[];
  /** To be written to the agent's stdin, in order. Left out when lines are read again after a restart. */
  readonly replies: readonly string[];
  /** Ids of messages that the agent now confirms to have. */
  readonly delivered: readonly string[];
  /** Messages that it will not take. */
  readonly refused: readonly Refusal[];
}

export interface Refusal {
  /** Of the message. */
  readonly id: string;
  /** What the agent said. */
  readonly why: string;
}

export interface Answer {
  readonly decision: "allow" | "deny";
  /** One of the request's options; null: the plain one of the decision. */
  readonly option?: string | null;
  /** Said to the agent with a denial. */
  readonly message?: string | null;
  /** Instead of the tool's own input; for a question, the answer in the agent's own shape. */
  readonly input?: unknown;
}

/**
 * Reads one attempt's output, and says what is to be written to its stdin. It keeps no clock and
 * does no input or output: reading the same lines again gives the same state, so a new daemon
 * reads an attempt's output from its start and goes on.
 */
export abstract class AgentReader {
  protected readonly talk: Conversation;

  constructor(counters: Usage | null = null) {
    this.talk = new Conversation(counters);
  }

  get state(): ReaderState {
    return this.talk.state;
  }

  /** The parts of the state that are asked for at every line. */
  get now(): Pick<ReaderState, "sessionId" | "model" | "turn" | "turns" | "retries" | "soFar" | "pending"> {
    return this.talk;
  }

  /** Bytes to write before anything else; empty for agents that need no greeting. */
  opening(): string {
    return "";
  }

  /**
   * One line of output without its newline. Never throws.
   *
   * @param heardAt epoch ms at which the line was written
   */
  push(line: string, heardAt: number): Heard {
    const object = parseLine(line);
    return object === null ? this.hearPlain(line) : this.hear(object, heardAt);
  }

  /** After the last line: texts that were cut short, whole as far as they came. */
  finish(): readonly AgentEvent[] {
    return this.talk.flush(null);
  }

  /** The bytes of a message, or null while the agent cannot take one. `id` is a UUID. */
  userMessage(_id: string, _text: string): string | null {
    return null;
  }

  /** A message that a former daemon wrote, told between the same lines: its confirmation may still come. */
  expectMessage(_id: string, _text: string): void {}

  /** The bytes that interrupt the running turn, or null where only a signal can. */
  interrupt(): string | null {
    return null;
  }

  /**
   * The bytes of an answer to something the agent asked.
   *
   * @throws OvermindError `not_found` when nothing of that id is pending; `invalid_argument` when
   *   the agent offers no such answer
   */
  answerPermission(requestId: string, _answer: Answer): string {
    throw nothingPending(requestId);
  }

  /**
   * Keeps the limit that an error tells of, if it does.
   *
   * @param until epoch ms, where the agent says it better than in the error's words
   */
  protected noteLimit(error: AgentError | null, heardAt: number, until: number | null = null): void {
    if (error === null || reasonOfError(error)?.reason !== "rate_limited") return;
    this.talk.rateLimit = { until: until ?? resetTimeIn(error.message, heardAt) };
  }

  protected hearPlain(line: string): Heard {
    return heard([this.talk.plain(line)]);
  }

  protected abstract hear(object: JsonObject, heardAt: number): Heard;
}

export function heard(events: readonly AgentEvent[], more: Partial<Omit<Heard, "events">> = {}): Heard {
  return { events, replies: more.replies ?? [], delivered: more.delivered ?? [], refused: more.refused ?? [] };
}

export const nothingPending = (requestId: string): OvermindError =>
  new OvermindError("not_found", `nothing is asked under ${requestId}`, { details: { request: requestId } });

/** For people: the agent has the conversation no more. */
export const resumeFailed = (why: string): string => `the conversation cannot be resumed (${why}); a new one begins`;

/** One protocol message as a line. */
export const lineOf = (message: unknown): string => `${JSON.stringify(message)}\n`;
