import type { DaemonLog } from "../../base/daemon-log.ts";
import { OvermindError } from "../../base/errors.ts";
import { missionPaths } from "../../base/paths.ts";
import type { MissionEvent } from "../../events/domain-event.ts";
import type { Waiting } from "../../mission/machine-types.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import { type Budget, countedTokens, type Spent } from "../../protocol/usage.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { Store } from "../../store/store.ts";
import { rowChange } from "../facts-of-event.ts";
import type { LiveMission } from "../live-mission.ts";
import type { MissionIndex } from "../mission-index.ts";
import type { Surroundings } from "../surroundings.ts";
import { goOn } from "../waiting-mission.ts";
import { refuseUnknownCost } from "./budget-admission.ts";
import { writeBudget } from "./budget-file.ts";
import { flagOfNearest, shareOf, spentText, warnedShare } from "./budget-rule.ts";

export interface BudgetParts {
  readonly index: MissionIndex;
  readonly store: Store;
  readonly surroundings: Surroundings;
}

type Owner = MissionRow & { readonly budget: NonNullable<MissionRow["budget"]> };

/**
 * The budgets of missions, each for the mission and all below it. What was spent is read from what is
 * stored of turns, so that nothing can be counted twice or forgotten.
 */
export class BudgetKeeper {
  readonly #parts: BudgetParts;

  constructor(parts: BudgetParts) {
    this.#parts = parts;
    parts.surroundings.running.follow((id) => {
      const mission = parts.index.findLive(id);
      if (mission !== undefined) this.#check(mission, false);
    });
  }

  follow(mission: LiveMission, event: MissionEvent): void {
    if (event.type === "mission.turn_ended") this.#check(mission, event.outcome === "completed");
    else if (event.type === "mission.resumed" && mission.attempt !== null && this.keptFrom(mission.row) !== null) {
      this.#hold(mission, this.#spentOwners(mission.row)[0] as Owner);
    }
  }

  /** Every mission of a former daemon is taken up: what it was about to do is done. */
  recovered(): void {
    const live = this.#parts.index.live();
    for (const { isFinal, row } of live)
      if (!isFinal && row.budget !== null && row.waiting_for !== "budget") this.#enforce(row as Owner, null);
    // What the turns that run have spent is known once all that their agents said is read again.
    void Promise.all(live.map(({ agent }) => agent?.caughtUp)).then(() => {
      for (const mission of live) if (!mission.isFinal && mission.row.waiting_for === "budget") this.#letGo(mission, "daemon");
    });
  }

  /** What keeps a mission from starting: a budget, its own or one above it, that is spent. */
  keptFrom(row: MissionRow): Waiting | null {
    const owner = (row.spec as MissionSpec).agent == null ? undefined : this.#spentOwners(row)[0];
    return owner === undefined ? null : { waitingFor: "budget", until: null, note: this.#note(owner) };
  }

  /**
   * Raises or changes a budget; what waited for it goes on.
   *
   * @throws OvermindError invalid_argument; not_running where all has ended that could spend it
   */
  change(row: MissionRow, changes: Partial<Budget>, by: string): void {
    const tree = this.#treeOf(row.id);
    if (tree.length === 0) {
      throw new OvermindError("not_running", undefined, {
        hint: `${row.name} and all below it have ended: nothing is spent any more.`,
      });
    }
    const { max_cost = null, max_tokens = null, max_turns = null } = row.budget ?? {};
    const budget = { max_cost, max_tokens, max_turns, ...changes };
    refuseUnknownCost(row.spec as MissionSpec, budget);
    this.#tell(row, { type: "mission.budget_changed", budget, by });
    this.#keep(row.id, budget);
    for (const one of tree) if (one.row.waiting_for === "budget") this.#letGo(one, by);
    this.#enforce(this.#parts.index.row(row.id) as Owner, null);
  }

  /** Missions whose spent budget keeps others waiting, for whoever lists what waits for a person. */
  spent(): { readonly mission: LiveMission; readonly note: string }[] {
    return this.#parts.index
      .live()
      .filter(({ isFinal, row }) => !isFinal && row.budget !== null && this.#isSpent(row as Owner))
      .map((mission) => ({ mission, note: this.#note(mission.row as Owner) }));
  }

  #keep(id: string, budget: Budget): void {
    try {
      writeBudget(missionPaths(this.#parts.surroundings.paths, id).budget, budget);
    } catch (error) {
      this.#log.warn({ err: error, mission: id }, "a changed budget could not be written beside the database");
    }
  }

  #check(mission: LiveMission, isAnswered: boolean): void {
    // A task that has answered ends by itself, with its answer.
    const spared = mission.spec.type !== "session" && isAnswered ? mission : null;
    for (const owner of this.#owners(mission.row)) this.#enforce(owner, spared);
  }

  #enforce(owner: Owner, spared: LiveMission | null): void {
    const holder = this.#parts.index.findLive(owner.id);
    const spent = this.#spentOf(owner);
    const share = shareOf(owner.budget, spent);
    const { is_warned, ...budget } = owner.budget;
    if (share >= warnedShare && !is_warned) this.#tell(owner, { type: "mission.budget_warned", budget, spent, share });
    if (share < 1) return;
    const { onBudget } = (owner.spec as MissionSpec).policy;
    const held = this.#treeOf(owner.id).filter((one) => one !== spared && isSpending(one));
    if (held.length > 0 || onBudget === "stop") {
      this.#tell(owner, { type: "mission.budget_spent", budget, spent, on_budget: onBudget });
    }
    if (onBudget === "stop") {
      for (const one of held) if (one !== holder) one.request({ type: "stop.requested", by: owner.id });
      if (holder !== spared) holder?.tell({ type: "budget.exceeded" });
    } else for (const one of held) this.#hold(one, owner);
  }

  /** A session waits with its process, and its messages with it; a task ends and goes on later. */
  #hold(mission: LiveMission, owner: Owner): void {
    if (mission.spec.type !== "session") {
      mission.tell({ type: "budget.exceeded" });
      return;
    }
    mission.tell({ type: "agent.waits", waitingFor: "budget", until: null, note: this.#note(owner) });
    void mission.agent?.caughtUp.then(() => {
      if (this.keptFrom(mission.row) !== null && mission.agent?.isInTurn === true && !mission.agent.interrupt())
        this.#log.info({ mission: mission.id }, "an agent whose budget is spent could not be interrupted");
    });
  }

  #letGo(mission: LiveMission, by: string): void {
    if (this.keptFrom(mission.row) !== null) return;
    goOn(mission, by);
  }

  /** Of a mission that is not live any more only the row is left to change. */
  #tell(owner: MissionRow, event: MissionEvent): void {
    const mission = this.#parts.index.findLive(owner.id);
    const { journal, clock } = this.#parts.surroundings;
    if (mission !== undefined) mission.note(event);
    else journal.note([journal.fact(owner.id, event, rowChange(event, owner, clock.now()))]);
  }

  /** Those whose budget this mission spends, itself first. */
  #owners(row: MissionRow): Owner[] {
    const owners: Owner[] = [];
    const seen = new Set<string>();
    for (let at: MissionRow | undefined = row; at !== undefined && !seen.has(at.id); ) {
      seen.add(at.id);
      if (at.budget !== null) owners.push(at as Owner);
      at = at.parent === null ? undefined : this.#parts.index.findRow(at.parent);
    }
    return owners;
  }

  #spentOwners(row: MissionRow): Owner[] {
    return this.#owners(row).filter((owner) => this.#isSpent(owner));
  }

  #isSpent(owner: Owner): boolean {
    return shareOf(owner.budget, this.#spentOf(owner)) >= 1;
  }

  /** By turns that have ended, and by those that run as far as their agents tell. */
  #spentOf({ id }: Owner): Spent {
    const { store, surroundings } = this.#parts;
    const spent = store.turns.spent(id);
    if (surroundings.running.isEmpty) return spent;
    const running = this.#treeOf(id).flatMap((mission) => surroundings.running.of(mission.id) ?? []);
    return {
      ...spent,
      cost: running.reduce((sum, { cost_usd }) => sum + (cost_usd ?? 0), spent.cost),
      tokens: running.reduce((sum, usage) => sum + countedTokens(usage), spent.tokens),
    };
  }

  #note(owner: Owner): string {
    const spent = this.#spentOf(owner);
    const raise = `overmind budget ${owner.name} ${flagOfNearest(owner.budget, spent)}`;
    return `the budget of ${owner.name} is spent (${spentText(owner.budget, spent)}); raise it with: ${raise}`;
  }

  /** The live missions of a tree, its root among them. */
  #treeOf(root: string): LiveMission[] {
    return this.#parts.index.live().filter((mission) => !mission.isFinal && this.#isBelow(mission.row, root));
  }

  #isBelow(row: MissionRow, root: string): boolean {
    const seen = new Set<string>();
    for (let at: MissionRow | undefined = row; at !== undefined && !seen.has(at.id); ) {
      if (at.id === root) return true;
      seen.add(at.id);
      at = at.parent === null ? undefined : this.#parts.index.findRow(at.parent);
    }
    return false;
  }

  get #log(): DaemonLog {
    return this.#parts.surroundings.log;
  }
}

const isSpending = (mission: LiveMission): boolean =>
  mission.agent !== null &&
  mission.attempt !== null &&
  mission.row.wish === null &&
  mission.row.status !== "stopping" &&
  mission.row.waiting_for !== "budget";
