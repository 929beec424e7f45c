import type { AgentTalk } from "./agent-talk.ts";
import type { EndingWalk } from "./ending-walk.ts";

/** Whether an attempt's agent is asked to end, and how far that is. */
export class PoliteEnding {
  #walk: EndingWalk | null = null;
  /** Of the present attempt; null: it is not asked to end. */
  #asked: symbol | null = null;

  get isAsked(): boolean {
    return this.#asked !== null;
  }

  /**
   * Begins to end the agent, once all that it said is read again: before that nobody knows whether a turn runs, and
   * the turns that are read again are none that an interrupt ended.
   */
  ask(talk: AgentTalk | null, begin: () => EndingWalk): void {
    this.close();
    const asked = Symbol("an ending");
    this.#asked = asked;
    if (talk === null || talk.isCaughtUp) {
      this.#walk = begin();
      return;
    }
    void talk.caughtUp.then(() => {
      if (this.#asked === asked) this.#walk = begin();
    });
  }

  turnEnded(): void {
    this.#walk?.turnEnded();
  }

  /** The attempt is over. */
  close(): void {
    this.#walk?.close();
    this.#walk = null;
    this.#asked = null;
  }
}
