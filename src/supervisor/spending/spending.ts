import { OvermindError } from "../../base/errors.ts";
import type { AccountView, Budget, BudgetView, UsageKey, UsageRow } from "../../protocol/usage.ts";
import type { Store } from "../../store/store.ts";
import type { LimitKeeper } from "../limits/limit-keeper.ts";
import type { MissionIndex } from "../mission-index.ts";
import type { BudgetKeeper } from "./budget-keeper.ts";
import { budgetView } from "./budget-view.ts";

export interface SpendingParts {
  readonly index: MissionIndex;
  readonly store: Store;
  readonly limits: LimitKeeper;
  readonly budgets: BudgetKeeper;
}

/** What was asked of `usage`. */
export interface UsageQuery {
  readonly by: UsageKey;
  /** Epoch ms. */
  readonly since?: number | undefined;
  /** An id or name: this mission and all below it. */
  readonly tree?: string | undefined;
}

/** What missions use, may use, and wait for. A reference is an id or a name. */
export class Spending {
  readonly #parts: SpendingParts;

  constructor(parts: SpendingParts) {
    this.#parts = parts;
  }

  accounts(): AccountView[] {
    return this.#parts.limits.views();
  }

  /**
   * Lets an account's missions go on before its limit is said to be over.
   *
   * @throws OvermindError not_found
   */
  openAccount(account: string, by: string): void {
    if (this.#parts.limits.lift(account, by)) return;
    throw new OvermindError("not_found", `no account ${account} is limited`, {
      details: { account },
      hint: "See: overmind accounts",
    });
  }

  /** What was used, also by missions that were removed. */
  usage({ by, since, tree }: UsageQuery): UsageRow[] {
    const { index, store } = this.#parts;
    return store.turns.sums(by, {
      since,
      tree: tree === undefined ? undefined : (index.findRow(tree)?.id ?? known(tree, store)),
    });
  }

  /** A mission's budget; null: it has none of its own. */
  budget(reference: string): BudgetView | null {
    return budgetView(this.#parts.index.row(reference), this.#parts.store);
  }

  /**
   * Changes a budget; missions that waited for it go on.
   *
   * @throws OvermindError not_found, not_running, invalid_argument
   */
  setBudget(reference: string, changes: Partial<Budget>, by: string): BudgetView | null {
    this.#parts.budgets.change(this.#parts.index.row(reference), changes, by);
    return this.budget(reference);
  }
}

function known(reference: string, store: Store): string {
  if (store.events.knows(reference)) return reference;
  throw new OvermindError("not_found", undefined, {
    details: { reference },
    hint: `No mission is called '${reference}'. See: overmind ps -a`,
  });
}
