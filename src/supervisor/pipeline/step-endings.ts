import type { MemberOrder } from "../../mission/machine-types.ts";
import type { PipelineBook } from "./book.ts";
import { type Children, missionsLeaving, missionsOf } from "./children.ts";

/** Ends what runs of one pipeline's steps. It asks, each mission once, and is asked again whether all is gone. */
export class StepEndings {
  readonly #book: PipelineBook;
  readonly #children: Children;

  constructor(book: PipelineBook, children: Children) {
    this.#book = book;
    this.#children = children;
  }

  /** Asks what runs of a step to end. */
  stop(name: string): void {
    const step = this.#book.historyOf(name);
    if (step !== undefined && step.end === null) for (const id of missionsOf(step)) this.#children.ask(id, "stop");
  }

  /** Asks everything to end; whether nothing lives any more. */
  endAll(how: MemberOrder): boolean {
    const { steps, leaving } = this.#book;
    return this.#endEach([...[...steps].flatMap(([, step]) => missionsOf(step)), ...leaving.flatMap(missionsLeaving)], how);
  }

  /** Asks what a change of the blueprint ended to go; whether all of it is gone. */
  endLeaving(): boolean {
    return this.#endEach(this.#book.leaving.flatMap(missionsLeaving), "stop");
  }

  /** Whether something of an agent still runs as a former blueprint had it. */
  isLeaving(agent: string): boolean {
    const own = this.#book.leaving.filter((one) => one.agent === agent);
    return own.flatMap(missionsLeaving).some((id) => this.#children.live(id) !== undefined);
  }

  #endEach(missions: readonly string[], how: MemberOrder): boolean {
    for (const id of missions) this.#children.ask(id, how);
    return missions.every((id) => this.#children.live(id) === undefined);
  }
}
