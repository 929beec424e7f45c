import type { ProcessIdentity } from "./identity.ts";
import { lookAround, type SweepWorld } from "./sweep.ts";

// A stopped process starts no other, so the looks end soon; this bounds them should the system disagree.
const mostLooks = 20;

/**
 * All processes of an attempt, stopped where they stand, or going on. Orders come at any time:
 * the last one holds. Programs that others share are left alone, as in a sweep.
 */
export class StoppedTree {
  readonly #world: Pick<SweepWorld, "processes" | "subject">;
  readonly #keepNames: () => readonly string[];
  #isStopped = false;
  #isTouched = false;
  #work: Promise<void> = Promise.resolve();

  constructor(world: Pick<SweepWorld, "processes" | "subject">, keepNames: () => readonly string[]) {
    this.#world = world;
    this.#keepNames = keepNames;
  }

  /** Stops the tree, or lets it go on where it was stopped. Resolves when that is done. */
  set(isStopped: boolean): Promise<void> {
    this.#isStopped = isStopped;
    if (isStopped) this.#isTouched = true;
    if (!this.#isTouched) return this.#work;
    this.#work = this.#work.then(() => (this.#isStopped ? this.#stop() : this.#goOn()));
    return this.#work;
  }

  async #stop(): Promise<void> {
    const stopped = new Set<string>();
    for (let looks = 0; looks < mostLooks && this.#isStopped; looks += 1) {
      const found = (await this.#found()).filter((one) => !stopped.has(keyOf(one)));
      if (found.length === 0 || !this.#isStopped) return;
      for (const process of found) {
        stopped.add(keyOf(process));
        this.#world.processes.signal(process, "SIGSTOP");
      }
    }
  }

  async #goOn(): Promise<void> {
    const found = await this.#found();
    if (this.#isStopped) return;
    for (const process of found) this.#world.processes.signal(process, "SIGCONT");
    this.#isTouched = false;
  }

  async #found() {
    return (await lookAround(this.#world, this.#keepNames())).toEnd;
  }
}

const keyOf = ({ pid, start }: ProcessIdentity): string => `${pid} ${start}`;
