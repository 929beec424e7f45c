import { type Clock, isoTime, type Timer } from "../../base/clock.ts";
import type { MissionEvent } from "../../events/domain-event.ts";
import type { Waiting } from "../../mission/machine-types.ts";
import { accountOf, type MissionSpec } from "../../mission/spec.ts";
import type { AccountView } from "../../protocol/usage.ts";
import type { Settings } from "../../settings/settings.ts";
import type { AccountRow } from "../../store/account-table.ts";
import type { Journal } from "../journal.ts";
import { goOn, keepWaiting, type WaitingMission } from "../waiting-mission.ts";
import { type AccountState, afterLimit, afterQuiet, isLimited, openAccount, resumeTimes } from "./limit-rule.ts";

/** A live mission as the keeper knows it. */
export interface LimitedMission extends WaitingMission {
  readonly id: string;
  readonly spec: MissionSpec;
}

export interface LimitParts {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly settings: { readonly current: Settings };
  /** What is stored of accounts. */
  readonly known: readonly AccountRow[];
  /** Keeps them beside the database. Never throws. */
  readonly keep: (rows: readonly AccountRow[]) => void;
  /** 0 to 1. */
  readonly random: () => number;
}

interface Account {
  readonly name: string;
  provider: string | null;
  state: AccountState;
  /** Missions that wait for its limit, in the order in which they came. */
  readonly waiting: Map<string, LimitedMission>;
  readonly live: Map<string, LimitedMission>;
  /** Epoch ms at which one of them went on last. */
  resumedAt: number;
  timer: Timer | null;
}

// The wall clock may be set while a timer runs: it is looked at again and again.
const longestSleepMs = 30_000;
// Two times that agents tell of one limit differ by so much at most.
const sameMs = 1500;

/**
 * The limits of all accounts: who met one, until when, and who goes on when it is over. All of it is
 * in rows, so that the next daemon goes on with it.
 */
export class LimitKeeper {
  readonly #parts: LimitParts;
  readonly #accounts = new Map<string, Account>();
  #isOpen = false;

  constructor(parts: LimitParts) {
    this.#parts = parts;
    for (const { name, until, strikes } of parts.known) this.#account(name).state = { until, strikes };
    if (parts.known.length > 0) this.#keep();
  }

  /** Begins to let missions go on: once every mission of a former daemon is taken up. */
  open(): void {
    this.#isOpen = true;
    for (const account of this.#accounts.values()) this.#arm(account);
  }

  close(): void {
    this.#isOpen = false;
    for (const account of this.#accounts.values()) account.timer?.cancel();
  }

  /** Takes a live mission in, new or of a former daemon; its events come to `follow`. */
  add(mission: LimitedMission): void {
    const name = accountOf(mission.spec);
    if (name === null) return;
    const account = this.#account(name);
    account.provider = mission.spec.provider;
    account.live.set(mission.id, mission);
    const { status, waiting_for, until } = mission.row;
    // One with a queue of its own stands in that again.
    if (waiting_for !== "limit" || (status !== "waiting" && mission.spec.queue != null)) return;
    if (until !== null && until > (account.state.until ?? 0)) account.state = { ...account.state, until };
    account.waiting.set(mission.id, mission);
    this.#arm(account);
  }

  follow(mission: LimitedMission, event: MissionEvent): void {
    const name = accountOf(mission.spec);
    if (name === null) return;
    const account = this.#account(name);
    switch (event.type) {
      case "mission.waiting":
      case "mission.queued":
        if (event.waiting_for === "limit") this.#wait(account, mission);
        else account.waiting.delete(mission.id);
        break;
      case "mission.turn_ended":
        if (event.outcome === "completed") this.#worked(account);
        break;
      case "mission.ended":
        account.live.delete(mission.id);
        account.waiting.delete(mission.id);
        break;
      case "mission.resumed":
      case "mission.released":
      case "mission.starting":
        account.waiting.delete(mission.id);
        break;
      default:
        break;
    }
  }

  /**
   * An agent met a limit.
   *
   * @param told when it says that the limit is over, epoch ms; null: it does not say
   * @returns until when missions of this account wait. Epoch ms.
   */
  met(spec: MissionSpec, told: number | null): number {
    const account = this.#account(accountOf(spec) ?? spec.provider);
    const { clock } = this.#parts;
    const { limits } = this.#parts.settings.current;
    const former = account.state;
    account.state = afterLimit(former, told, clock.now(), limits);
    const until = account.state.until ?? clock.now();
    if (Math.abs(until - (former.until ?? 0)) > sameMs) this.#announce(account, told !== null);
    this.#arm(account);
    return this.#resumeAt(account);
  }

  /** What keeps a mission from starting: the limit of its account. Null: nothing does. */
  keptFrom(spec: MissionSpec): Waiting | null {
    const name = accountOf(spec);
    const account = name === null ? undefined : this.#accounts.get(name);
    if (account === undefined || !isLimited(account.state, this.#parts.clock.now())) return null;
    return { waitingFor: "limit", until: this.#resumeAt(account), note: `account ${account.name} met a limit` };
  }

  /** Somebody knows that the limit is over: its missions go on. False: no such account is limited. */
  lift(name: string, by: string): boolean {
    const account = this.#accounts.get(name);
    if (account === undefined || (!isLimited(account.state, this.#parts.clock.now()) && account.waiting.size === 0)) return false;
    this.#opened(account, by);
    this.#arm(account);
    return true;
  }

  /** Every account that has missions, or met a limit. */
  views(): AccountView[] {
    const now = this.#parts.clock.now();
    return [...this.#accounts.values()]
      .filter(({ live, state }) => live.size > 0 || isLimited(state, now))
      .map(({ name, provider, state, waiting, live }) => ({
        account: name,
        provider,
        limited_until: isLimited(state, now) ? isoTime(state.until) : null,
        waiting: waiting.size,
        running: [...live.values()].filter(({ row }) => row.status === "running").length,
      }))
      .sort((left, right) => (left.account < right.account ? -1 : 1));
  }

  #account(name: string): Account {
    const known = this.#accounts.get(name);
    if (known !== undefined) return known;
    const account = { name, provider: null, state: openAccount, waiting: new Map(), live: new Map(), resumedAt: 0, timer: null };
    this.#accounts.set(name, account);
    return account;
  }

  #wait(account: Account, mission: LimitedMission): void {
    account.waiting.set(mission.id, mission);
    this.#arm(account);
  }

  /** A turn was answered: the next limit is the first one again. */
  #worked(account: Account): void {
    if (account.state.strikes === 0 || isLimited(account.state, this.#parts.clock.now())) return;
    account.state = { ...account.state, strikes: 0 };
  }

  #announce(account: Account, isTold: boolean): void {
    const { journal, clock } = this.#parts;
    const { name, state } = account;
    const until = state.until ?? clock.now();
    const event = { type: "account.limited", account: name, until, strikes: state.strikes, is_told: isTold } as const;
    journal.note([{ ...journal.daemonFact(event), account: rowOf(account) }]);
    this.#keep();
    const resumeAt = this.#resumeAt(account);
    for (const mission of account.waiting.values()) {
      if (Math.abs((mission.row.until ?? 0) - resumeAt) > sameMs) this.#tellAgain(account, mission, resumeAt);
    }
  }

  #tellAgain({ name }: Account, mission: LimitedMission, until: number): void {
    keepWaiting(mission, { waitingFor: "limit", until, note: `account ${name} met a limit` });
  }

  #opened(account: Account, by: string): void {
    const { journal } = this.#parts;
    const { name } = account;
    account.state = { ...account.state, until: null };
    journal.note([{ ...journal.daemonFact({ type: "account.open", account: name, by }), account: rowOf(account) }]);
    this.#keep();
  }

  /** Those that ever met a limit. */
  #keep(): void {
    const met = [...this.#accounts.values()].filter(({ state }) => state.until !== null || state.strikes > 0);
    this.#parts.keep(met.map(rowOf));
  }

  /** When the first of its missions may go on. Epoch ms. */
  #resumeAt({ state }: Account): number {
    const { clock, settings } = this.#parts;
    return afterQuiet(Math.max(state.until ?? 0, clock.now()), settings.current.limits.quietHours);
  }

  /** Sets the timer for the next mission that goes on. */
  #arm(account: Account): void {
    account.timer?.cancel();
    account.timer = null;
    if (!this.#isOpen || account.waiting.size === 0) return;
    const { clock, settings, random } = this.#parts;
    const { quietHours: quiet, resumeStaggerMs: staggerMs } = settings.current.limits;
    const now = clock.now();
    // A clock that was set back must not hold them.
    const since = account.resumedAt > now ? 0 : account.resumedAt;
    const from = Math.max(now, since === 0 ? now : since + staggerMs / 2);
    const [next = now] = resumeTimes(1, account.state, from, { quiet, staggerMs }, random);
    account.timer = clock.after(Math.min(next - now, longestSleepMs), () => {
      if (clock.now() >= next) this.#resumeFirst(account);
      this.#arm(account);
    });
  }

  #resumeFirst(account: Account): void {
    const [mission] = account.waiting.values();
    if (mission === undefined) return;
    if (account.state.until !== null) this.#opened(account, "daemon");
    account.resumedAt = this.#parts.clock.now();
    account.waiting.delete(mission.id);
    goOn(mission, "daemon");
  }
}

const rowOf = ({ name, state: { until, strikes } }: Account): AccountRow => ({ name, until, strikes });
