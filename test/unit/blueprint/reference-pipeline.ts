/**
 * What a pipeline has to do, written from the promises and not from `next-steps.ts`: plain questions over plain
 * data, asked again until nothing changes. The real one is walked beside it.
 */
export const conditions = ["started", "ready", "completed", "finished"] as const;
export type Condition = (typeof conditions)[number];

export interface Member {
  readonly name: string;
  readonly needs: readonly { readonly on: string; readonly until: Condition }[];
  readonly copies: number;
  readonly retry: number;
  readonly isService: boolean;
  readonly isFinally: boolean;
  /** What its `when` says. */
  readonly isWanted: boolean;
  readonly mostAtOnce: number | null;
}

export interface Plan {
  readonly members: readonly Member[];
  readonly mostAtOnce: number | null;
  readonly endsAtFailure: boolean;
  /** Services end once the tasks have. */
  readonly endsWithTasks?: boolean;
}

/** How one copy stands. `ready` runs too; `wasReady` of one that has ended. */
export interface Copy {
  is: "new" | "running" | "ready" | "well" | "badly" | "stopped";
  tries: number;
  wasReady: boolean;
  /** When it ended. */
  at: number;
}

export interface World {
  readonly copies: Map<string, Copy[]>;
  readonly skipped: Set<string>;
  isAskedToEnd: boolean;
}

export const begin = ({ members }: Plan): World => ({
  copies: new Map(
    members.map(({ name, copies }) => [
      name,
      Array.from({ length: copies }, (): Copy => ({ is: "new", tries: 0, wasReady: false, at: 0 })),
    ]),
  ),
  skipped: new Set(),
  isAskedToEnd: false,
});

const runs = ({ is }: Copy): boolean => is === "running" || is === "ready";

/** Questions about one plan in one world. */
export class Oracle {
  readonly #plan: Plan;
  readonly #world: World;

  constructor(plan: Plan, world: World) {
    this.#plan = plan;
    this.#world = world;
  }

  /** Skips and starts until nothing more can be. */
  settle(): void {
    while (this.#skipOne() || this.#startAll());
  }

  /** Whether everything but what runs `finally` is to end. */
  get isEnding(): boolean {
    if (this.#world.isAskedToEnd || (this.#plan.endsWithTasks === true && this.#areTasksOver())) return true;
    return this.#plan.endsAtFailure && this.#plan.members.some((one) => !one.isFinally && this.#isFatal(one));
  }

  #areTasksOver(): boolean {
    const tasks = this.#plan.members.filter(({ isFinally, isService }) => !isFinally && !isService);
    return tasks.length > 0 && tasks.every((one) => this.#world.skipped.has(one.name) || this.#hasEnded(one));
  }

  get stops(): string[] {
    return this.isEnding
      ? this.#plan.members.filter((one) => !one.isFinally && this.#running(one) > 0).map(({ name }) => name)
      : [];
  }

  /** Null while something runs or may still run. */
  get verdict(): { status: "stopped" | "crashed"; failedAgent: string | null } | null {
    if (!this.#plan.members.every((one) => this.#isOver(one))) return null;
    const guilty = this.#plan.members
      .filter((one) => this.#isFatal(one) || this.#keptAnotherOut(one))
      .toSorted((left, right) => this.#failedAt(left) - this.#failedAt(right));
    return { status: guilty.length === 0 ? "stopped" : "crashed", failedAgent: guilty[0]?.name ?? null };
  }

  #skipOne(): boolean {
    const found = this.#plan.members.find(
      (one) => this.#isOpen(one) && (this.#isHopeless(one) || (this.#isFree(one) && !one.isWanted)),
    );
    if (found !== undefined) this.#world.skipped.add(found.name);
    return found !== undefined;
  }

  /** Those that may now, in the order of the file; what becomes free by their start comes after them. */
  #startAll(): boolean {
    const chosen = this.#plan.members.filter((one) => {
      const isUnderWay = this.#copies(one).some(({ is }) => is !== "new") && this.#mayGoOn(one);
      return isUnderWay || (this.#isOpen(one) && this.#isFree(one) && one.isWanted);
    });
    let hasStarted = false;
    for (const one of chosen) while (this.#startCopy(one)) hasStarted = true;
    return hasStarted;
  }

  #startCopy(one: Member): boolean {
    if (one.mostAtOnce !== null && this.#running(one) >= one.mostAtOnce) return false;
    if (!one.isService && this.#plan.mostAtOnce !== null && this.#slotsTaken() >= this.#plan.mostAtOnce) return false;
    const copies = this.#copies(one);
    const next = copies.find((copy) => this.#isToRetry(one, copy)) ?? copies.find(({ is }) => is === "new");
    if (next === undefined) return false;
    next.is = "running";
    next.tries += 1;
    return true;
  }

  /** Nothing of it was started, and it may still be decided on. */
  #isOpen(one: Member): boolean {
    return this.#copies(one).every(({ is }) => is === "new") && this.#mayGoOn(one);
  }

  #mayGoOn(one: Member): boolean {
    if (this.#world.skipped.has(one.name) || this.#hasEnded(one)) return false;
    if (one.isFinally) return this.#plan.members.every((other) => other.isFinally || this.#isOver(other));
    return !this.isEnding;
  }

  #isFree(one: Member): boolean {
    return one.needs.every(({ on, until }) => this.#isMet(one, this.#member(on), until));
  }

  #isMet(one: Member, on: Member, until: Condition): boolean {
    if (one.isFinally && !on.isFinally) return true;
    if (this.#world.skipped.has(on.name)) return until === "finished";
    const copies = this.#copies(on);
    if (until === "started") return copies.every(({ is }) => is !== "new");
    if (until === "completed") return copies.every(({ is }) => is === "well");
    if (until === "finished") return this.#hasEnded(on);
    return this.#isReady(on);
  }

  /** What it waits for can never come. */
  #isHopeless(one: Member): boolean {
    return one.needs.some(({ on, until }) => {
      const other = this.#member(on);
      if (one.isFinally && !other.isFinally) return false;
      if (this.#world.skipped.has(on)) return until !== "finished";
      if (this.#isMet(one, other, until)) return false;
      if (until === "completed") return this.#hasEnded(other) || this.#hasFailed(other);
      return until === "ready" && this.#hasEnded(other);
    });
  }

  #isReady(one: Member): boolean {
    return this.#copies(one).every((copy) => copy.is === "ready" || copy.is === "well" || (isEnd(copy) && copy.wasReady));
  }

  #isOver(one: Member): boolean {
    if (this.#world.skipped.has(one.name) || this.#hasEnded(one)) return true;
    return this.isEnding && !one.isFinally && this.#running(one) === 0;
  }

  #hasEnded(one: Member): boolean {
    return this.#copies(one).every((copy) => isEnd(copy) && !this.#isToRetry(one, copy));
  }

  #hasFailed(one: Member): boolean {
    return this.#copies(one).some((copy) => copy.is === "badly" && !this.#isToRetry(one, copy));
  }

  #failedAt(one: Member): number {
    const failed = this.#copies(one).filter((copy) => copy.is === "badly" && !this.#isToRetry(one, copy));
    return Math.min(...failed.map(({ at }) => at));
  }

  /** A failure that nobody waits for as one that is finished; what runs `finally` puts nothing right. */
  #isFatal(one: Member): boolean {
    const isHandled = this.#plan.members.some(
      (other) => !other.isFinally && other.needs.some(({ on, until }) => on === one.name && until === "finished"),
    );
    return this.#hasFailed(one) && !isHandled;
  }

  #keptAnotherOut(one: Member): boolean {
    return (
      this.#hasFailed(one) &&
      this.#plan.members.some(
        (other) =>
          !other.isFinally &&
          this.#world.skipped.has(other.name) &&
          other.needs.some(({ on, until }) => on === one.name && until !== "finished"),
      )
    );
  }

  #isToRetry(one: Member, copy: Copy): boolean {
    return copy.is === "badly" && copy.tries <= one.retry;
  }

  #slotsTaken(): number {
    return this.#plan.members.reduce((sum, one) => sum + (one.isService ? 0 : this.#running(one)), 0);
  }

  #running(one: Member): number {
    return this.#copies(one).filter(runs).length;
  }

  #copies({ name }: Member): Copy[] {
    return this.#world.copies.get(name) ?? [];
  }

  #member(name: string): Member {
    return this.#plan.members.find((one) => one.name === name) as Member;
  }
}

const isEnd = ({ is }: Copy): boolean => is === "well" || is === "badly" || is === "stopped";
