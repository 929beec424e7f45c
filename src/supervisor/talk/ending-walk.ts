import type { Clock, Timer } from "../../base/clock.ts";
import type { Rung } from "./ending-rule.ts";

/** An agent that is asked to end. */
export interface EndedAgent {
  /** By its protocol; false where nothing can be interrupted. */
  interrupt(): boolean;
  closeStdin(): void;
  signal(signal: NodeJS.Signals): void;
}

/** Climbs the rungs by which an agent is ended, until it is gone (`close`) or the last one is reached. */
export class EndingWalk {
  readonly #agent: EndedAgent;
  readonly #clock: Clock;
  #rungs: readonly Rung[];
  #isInterrupting = false;
  #timer: Timer | null = null;

  constructor(rungs: readonly Rung[], agent: EndedAgent, clock: Clock) {
    this.#rungs = rungs;
    this.#agent = agent;
    this.#clock = clock;
    this.#climb();
  }

  /** The turn ended: an interrupt waits for nothing else. */
  turnEnded(): void {
    if (this.#isInterrupting) this.#climb();
  }

  close(): void {
    this.#timer?.cancel();
    this.#rungs = [];
  }

  #climb(): void {
    this.#timer?.cancel();
    const [rung, ...rest] = this.#rungs;
    this.#rungs = rest;
    if (rung === undefined) return;
    this.#isInterrupting = rung.do === "interrupt";
    if (this.#step(rung)) this.#timer = this.#clock.after(rung.waitMs, () => this.#climb());
    else this.#climb();
  }

  /** False: there was nothing to do, and nothing to wait for. */
  #step(rung: Rung): boolean {
    if (rung.do === "interrupt") return this.#agent.interrupt();
    if (rung.do === "close_stdin") this.#agent.closeStdin();
    else this.#agent.signal(rung.signal);
    return true;
  }
}
