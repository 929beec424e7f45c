import type { EventView } from "../protocol/messages.ts";

type Listener = (event: EventView) => void;

/**
 * Tells listeners of each recorded event, in order of `seq`. A listener that throws harms nobody
 * else: its error goes to `onError`.
 */
export class EventBus {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Listens to one mission's events, or with `*` to all. Answers what ends the listening. */
  on(mission: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(mission) ?? new Set();
    this.#listeners.set(mission, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(mission) === listeners) this.#listeners.delete(mission);
    };
  }

  publish(event: EventView): void {
    if (event.mission !== null) this.#tell(event.mission, event);
    this.#tell("*", event);
  }

  #tell(topic: string, event: EventView): void {
    for (const listener of [...(this.#listeners.get(topic) ?? [])]) {
      try {
        listener(event);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
