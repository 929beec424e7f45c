import type { Agent } from "../../blueprint/blueprint.ts";
import type { Step } from "../../blueprint/pipeline.ts";
import { isAskedSession, staysUp } from "../../blueprint/standing.ts";
import type { StepHistory } from "../../events/domain-event.ts";
import type { PipelineBook } from "./book.ts";
import type { PipelineLog } from "./pipeline-log.ts";

export interface PlacesParts {
  readonly book: Pick<PipelineBook, "agent" | "steps">;
  readonly log: Pick<PipelineLog, "say">;
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
    for (const [, step] of book.steps) free -= this.#soonNeeded(step);
    const last = steps.findIndex(({ agent }) => {
      free -= 1 + companions(book.agent(agent));
      return free < 0;
    });
    if (last === -1) return steps;
    if (last > 0 || this.#isLeaving()) {
      log.say(`no more than ${most()} missions run at once: max_children in config.toml`);
      return steps.slice(0, last);
    }
    return steps.slice(0, 1);
  }

  /** Places for what is still to run beside a step that runs. */
  #soonNeeded({ agent: name, end, probe, isReady, isUnready }: StepHistory): number {
    const agent = this.#parts.book.agent(name);
    if (end !== null || isUnready) return 0;
    return companions(agent) - (asksWhetherReady(agent) && (probe !== null || isReady) ? 1 : 0);
  }

  /** Whether something runs that ends by itself. */
  #isLeaving(): boolean {
    const { book } = this.#parts;
    return [...book.steps].some(([, { agent, end }]) => end === null && !staysUp(book.agent(agent)));
  }
}

const asksWhetherReady = ({ ready }: Agent): boolean => ready?.command != null;

/** How many missions run beside that of an agent: one that asks whether it is ready, one that verifies a session, which lives on. */
const companions = (agent: Agent): number =>
  (asksWhetherReady(agent) ? 1 : 0) + (isAskedSession(agent) && agent.verify.length > 0 ? 1 : 0);
