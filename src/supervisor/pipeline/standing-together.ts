import type { Strategy } from "../../blueprint/blueprint.ts";
import { type MemberHistory, noMemberHistory } from "../../events/history.ts";
import { membersToRestart } from "../../mission/group-rule.ts";
import { isFinal, type Status } from "../../protocol/mission.ts";
import type { LiveMission } from "../live-mission.ts";
import { StartGate } from "../queue/start-gate.ts";
import type { PipelineBook } from "./book.ts";

export interface StandingTogetherParts {
  readonly pipeline: LiveMission;
  /** Null while the pipeline does not run. */
  book(): PipelineBook | null;
  /** A mission of the pipeline that has not ended. */
  live(id: string): LiveMission | undefined;
}

/** Services that stand together: what a crash of one means for the others. */
interface Together {
  readonly strategy: Strategy;
  /** In start order. */
  readonly members: readonly LiveMission[];
}

// These have no process now: they come to their next start by themselves.
const notAsked: ReadonlySet<Status> = new Set(["queued", "restarting"]);

/**
 * Restarts services together, as a group does its members: each restarts by its own rule when it
 * crashes, and takes along those that the strategy names. What was counted is in the pipeline's row,
 * so that the next daemon finishes what this one began.
 */
export class StandingTogether {
  readonly #parts: StandingTogetherParts;
  readonly #gate: StartGate;
  #isEnding = false;

  constructor(parts: StandingTogetherParts) {
    this.#parts = parts;
    this.#gate = new StartGate(() => this.#services().map(({ id }) => id));
  }

  open(): void {
    this.#isEnding = false;
    this.#gate.open();
  }

  /** All are about to be ended: who waits for its turn waits for that. What runs finally starts now. */
  shut(): void {
    this.#isEnding = true;
    this.#gate.open();
  }

  awaitTurn(mission: string, start: () => void): () => void {
    return this.#gate.arrive(mission, start);
  }

  /** An attempt of it started, or ended. */
  began(mission: string): void {
    this.#gate.began(mission);
  }

  ended(mission: string): void {
    this.#gate.forget(mission);
  }

  /** Finishes what a killed daemon had begun. */
  takeUp(): void {
    const { taken } = this.#history;
    for (const service of this.#services()) if (service.row.status === "restarting") this.crashed(service, service.row.attempt);
    this.#restart(this.#services().filter(({ id, row }) => taken[id] === row.attempt && !notAsked.has(row.status)));
  }

  /** Its machine decided to restart it. One crash counts once, however often it is told. */
  crashed(service: LiveMission, attempt: number): void {
    const { counted, taken } = this.#history;
    // Of one that was taken along, a daemon may have been killed before the wish was stored that ended it.
    if (this.#isEnding || counted[service.id] === attempt || taken[service.id] === attempt) return;
    const together = this.#togetherWith(service.id);
    if (together === null || together.strategy === "one_for_one") return;
    const { strategy, members } = together;
    const ids = membersToRestart(
      strategy,
      members.map(({ id }) => id),
      service.id,
    );
    const all = members.filter(({ id, row }) => ids.includes(id) && row.status !== "queued");
    const others = all.filter((one) => one !== service && !notAsked.has(one.row.status) && !this.#gate.holds(one.id));
    this.#remember(service.id, attempt, strategy, ids, others);
    this.#gate.close(all.map(({ id }) => id));
    this.#restart(others);
  }

  /** Stored before anybody is asked to restart. */
  #remember(
    member: string,
    attempt: number,
    strategy: Strategy,
    restarts: readonly string[],
    others: readonly LiveMission[],
  ): void {
    const { pipeline } = this.#parts;
    const alive = new Set(this.#services().map(({ id }) => id));
    const former = Object.entries(this.#history.counted).filter(([id]) => alive.has(id));
    const history: MemberHistory = {
      // Each gives up by its own rule.
      crashes: [],
      counted: { ...Object.fromEntries(former), [member]: attempt },
      taken: Object.fromEntries(others.map(({ id, row }) => [id, row.attempt])),
    };
    pipeline.noteFirst({ type: "mission.member_crashed", attempt: pipeline.row.attempt, member, strategy, restarts, history });
  }

  /** The last started first. */
  #restart(services: readonly LiveMission[]): void {
    for (const service of services.toReversed()) service.request({ type: "restart.requested", by: this.#parts.pipeline.id });
  }

  get #history(): MemberHistory {
    return this.#parts.pipeline.row.history?.members ?? noMemberHistory;
  }

  /** All services that are up, in start order. */
  #services(of: (agent: string) => boolean = () => true): LiveMission[] {
    const book = this.#parts.book();
    return [...(book?.steps ?? [])].flatMap(([, { agent, mission, end }]) => {
      if (end !== null || mission === null || book?.agent(agent).type !== "service" || !of(agent)) return [];
      const live = this.#parts.live(mission);
      return live === undefined || isFinal(live.row.status) ? [] : [live];
    });
  }

  /** Those of one fan-out where that has a strategy, else all whose blueprint has one. */
  #togetherWith(mission: string): Together | null {
    const book = this.#parts.book();
    const name = [...(book?.steps ?? [])].find(([, step]) => step.mission === mission)?.[1].agent;
    if (book === null || name === undefined || book.agent(name).type !== "service") return null;
    const own = book.agent(name).strategy;
    if (own !== null) return { strategy: own, members: this.#services((agent) => agent === name) };
    const strategy = book.applied.blueprint.strategy ?? null;
    return strategy && { strategy, members: this.#services((agent) => book.agent(agent).strategy === null) };
  }
}
