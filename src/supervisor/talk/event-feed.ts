import type { AgentEvent } from "../../providers/normalised-event.ts";
import { positionText } from "./position.ts";

/** An event with its place in the conversation; see `positionText`. */
export type PlacedEvent = AgentEvent & { readonly at: string };

/** Gives the events of one line their places. */
export const placed = (attempt: number, offset: number, events: readonly AgentEvent[]): PlacedEvent[] =>
  events.map((event, index) => ({ ...event, at: positionText({ attempt, offset, index: index + 1 }) }));

/** Tells whoever listens what an agent says. */
export class EventFeed {
  readonly #listeners = new Set<(event: PlacedEvent) => void>();

  /** @param offset of the line whose events these are */
  tell(attempt: number, offset: number, events: readonly AgentEvent[]): void {
    if (this.#listeners.size === 0 || events.length === 0) return;
    for (const event of placed(attempt, offset, events)) for (const listener of [...this.#listeners]) listener(event);
  }

  /** Calls `listener` with what is said from now on. Answers what ends it. */
  onEvent(listener: (event: PlacedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
