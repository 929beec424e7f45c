/** Events of one stream between the socket and its consumer. */
export class EventQueue<Event> {
  readonly #limit: number;
  readonly #pause: () => void;
  readonly #resume: () => void;
  #events: Event[] = [];
  #at = 0;
  #end: { readonly error?: unknown; readonly answer?: unknown } | undefined;
  #wake: (() => void) | undefined;

  /**
   * @param limit events above which `pause` is called; `resume` follows when half are consumed.
   *   What is already on its way still comes in.
   */
  constructor(limit: number, pause: () => void, resume: () => void) {
    this.#limit = limit;
    this.#pause = pause;
    this.#resume = resume;
  }

  push(event: Event): void {
    this.#events.push(event);
    if (this.#length === this.#limit + 1) this.#pause();
    this.#wake?.();
  }

  finish(answer: unknown): void {
    this.#end ??= { answer };
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  /** The events, then the final answer as the return value; an error comes after the events before it. */
  async *drain(): AsyncGenerator<Event, unknown> {
    for (;;) {
      while (this.#at < this.#events.length) yield this.#take();
      if (this.#end) {
        if ("error" in this.#end) throw this.#end.error;
        return this.#end.answer;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  get #length(): number {
    return this.#events.length - this.#at;
  }

  #take(): Event {
    const event = this.#events[this.#at] as Event;
    this.#at += 1;
    // Dropped in one go: shifting a long array event by event is quadratic.
    if (this.#at === this.#events.length || this.#at > this.#limit) {
      this.#events = this.#events.slice(this.#at);
      this.#at = 0;
    }
    if (this.#length === Math.floor(this.#limit / 2)) this.#resume();
    return event;
  }
}
