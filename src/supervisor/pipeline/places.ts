import type { Step } from "../../blueprint/pipeline.ts";
import { staysUp } from "../../blueprint/standing.ts";
import type { StepHistory } from "../../events/domain-event.ts";
import type { PipelineBook } from "./book.ts";
import type { PipelineLog } from "./pipeline-log.ts";

export interface PlacesParts {
  readonly book: PipelineBook;
  readonly log: PipelineLog;
  /** How many live children a mission may have, and how many this pipeline has. */
  most(): number;
  taken(): number;
}

/** Keeps a pipeline within the children that it may have: who finds no place waits until somebody has ended. */
export class Places {
  readonly #parts: PlacesParts;

  constructor(parts: PlacesParts) {
    this.#parts = parts;
  }

  /** The first of these steps that find a place. Where nobody will leave one, the first of all: it tells why it cannot start. */
  fitting(steps: readonly Step[]): readonly Step[] {
    const { book, log, most, taken } = this.#parts;
    let free = most() - taken();
    // Who asks whether it is ready needs another place for that, soon.
    for (const [, step] of book.steps) free -= this.#isToBeAsked(step) ? 1 : 0;
    const last = steps.findIndex(({ agent }) => {
      free -= book.agent(agent).ready?.command == null ? 1 : 2;
      return free < 0;
    });
    if (last === -1) return steps;
    if (last > 0 || this.#isLeaving()) {
      log.say(`no more than ${most()} missions run at once: max_children in config.toml`);
      return steps.slice(0, last);
    }
    return steps.slice(0, 1);
  }

  #isToBeAsked({ agent, end, probe, isReady, isUnready }: StepHistory): boolean {
    return end === null && probe === null && !isReady && !isUnready && this.#parts.book.agent(agent).ready?.command != null;
  }

  /** Whether something runs that ends by itself. */
  #isLeaving(): boolean {
    const { book } = this.#parts;
    return [...book.steps].some(([, { agent, end }]) => end === null && !staysUp(book.agent(agent)));
  }
}
