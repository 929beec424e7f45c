import type { Clock } from "../../base/clock.ts";
import type { DaemonLog } from "../../base/daemon-log.ts";
import { type MemberHistory, type MissionEvent, noMemberHistory } from "../../events/domain-event.ts";
import { countCrash, isExceeded, membersToRestart } from "../../mission/group-rule.ts";
import type { MemberOrder, ProcessInput } from "../../mission/machine-types.ts";
import type { GroupEnd, GroupMembers } from "../../mission/process-owner.ts";
import type { GroupSpec } from "../../mission/spec.ts";
import { isFinal, type Status } from "../../protocol/mission.ts";
import type { HostIdentity } from "../../runner/identity.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { LiveMission } from "../live-mission.ts";
import { StartGate } from "../queue/start-gate.ts";
import { ranMs } from "../row-timing.ts";
import { momentOf } from "../surroundings.ts";

export interface GroupParts {
  readonly group: LiveMission;
  readonly rule: GroupSpec;
  readonly clock: Clock;
  readonly host: HostIdentity;
  readonly log: DaemonLog;
  /** In start order. */
  readonly liveMembers: () => LiveMission[];
  /** Rows of the members that this group ended, in start order. */
  readonly endedByGroup: () => MissionRow[];
  readonly revive: (row: MissionRow) => void;
  /** Does it now, or once every mission of a former daemon is taken up. */
  readonly whenRecovered: (work: () => void) => void;
}

// These have no process now: they come to their next start by themselves, or have none to come to.
const notAsked: ReadonlySet<Status> = new Set(["queued", "restarting"]);

/**
 * Holds the members of one group: counts their crashes, restarts those that the strategy names,
 * gives up when its window is exceeded, and ends all in reverse start order. What it counted is in
 * the group's row, so that the next daemon goes on where this one was killed.
 */
export class GroupKeeper implements GroupMembers {
  readonly #parts: GroupParts;
  readonly #gate: StartGate;
  /** Who hears that the group's attempt is over; null while none runs. */
  #tell: ((end: GroupEnd) => void) | null = null;
  #ending: MemberOrder | null = null;
  #history: MemberHistory = noMemberHistory;
  /** Monotonic ms at which the attempt began; in the past of an adopted one. */
  #beganAt = 0;
  /** The crash that was found to be one too many, so that it is counted at the same moment. */
  #lastStraw: { readonly id: string; readonly attempt: number; readonly at: number } | null = null;

  constructor(parts: GroupParts) {
    this.#parts = parts;
    this.#gate = new StartGate(() => parts.liveMembers().map(({ id }) => id));
  }

  open(mode: ProcessInput["mode"], tell: (end: GroupEnd) => void): void {
    const { clock, group, whenRecovered } = this.#parts;
    this.#tell = tell;
    this.#ending = null;
    this.#gate.open();
    const { history } = group.row;
    this.#history = mode === "adopt" ? (history?.members ?? noMemberHistory) : noMemberHistory;
    const upMs = mode === "adopt" ? ranMs(group.row, momentOf(this.#parts), clock.now()) : 0;
    // A clock that was set back meanwhile must not put a crash into the future.
    this.#beganAt = clock.monotonic() - Math.max(upMs, this.#history.crashes.at(-1) ?? 0);
    whenRecovered(() => this.#takeUp());
  }

  end(how: MemberOrder): void {
    this.#endAll(how, { exitCode: how === "kill" ? null : 0 });
  }

  close(): void {
    this.#tell = null;
    this.#gate.open();
  }

  /** A member's machine decided to restart it. One crash counts once, however often it is told. */
  memberCrashed(member: LiveMission, attempt: number): void {
    this.#parts.whenRecovered(() => this.#crashed(member, attempt));
  }

  /** A member's attempt started, or failed to. */
  memberBegan(id: string): void {
    this.#gate.began(id);
  }

  memberEnded(member: LiveMission, { reason, attempt }: Extract<MissionEvent, { type: "mission.ended" }>): void {
    this.#gate.forget(member.id);
    if (reason === "group") this.memberCrashed(member, attempt);
  }

  /** Whether a member that crashed may start again: not when that crash, or another before it, ends the group. */
  mayRestart({ id }: LiveMission, attempt: number): boolean {
    if (this.#ending !== null) return false;
    if (this.#tell === null || this.#isKnown(id, attempt)) return true;
    const at = this.#parts.clock.monotonic() - this.#beganAt;
    if (!isExceeded(this.#parts.rule, countCrash(this.#parts.rule, this.#history.crashes, at))) return true;
    this.#lastStraw = { id, attempt, at };
    return false;
  }

  awaitTurn(member: string, start: () => void): () => void {
    return this.#gate.arrive(member, start);
  }

  /** Brings back the members that an earlier attempt ended, and finishes what a killed daemon had begun. */
  #takeUp(): void {
    if (this.#tell === null || this.#ending !== null || isFinal(this.#parts.group.row.status)) return;
    if (isExceeded(this.#parts.rule, this.#history.crashes)) this.#giveUp();
    else this.#goOn();
  }

  #goOn(): void {
    const { taken } = this.#history;
    for (const row of this.#parts.endedByGroup()) this.#revive(row);
    for (const member of this.#parts.liveMembers()) {
      if (member.row.status === "restarting") this.#crashed(member, member.row.attempt);
    }
    if (this.#ending !== null) return;
    const isTaken = ({ id, row }: LiveMission) => taken[id] === row.attempt && !notAsked.has(row.status);
    this.#restart(this.#parts.liveMembers().filter(isTaken));
  }

  #revive(row: MissionRow): void {
    try {
      this.#parts.revive(row);
    } catch (error) {
      this.#parts.log.warn({ err: error, mission: row.id }, "a member of a group could not be started again");
    }
  }

  #crashed(member: LiveMission, attempt: number): void {
    if (this.#tell === null || this.#ending !== null || this.#isKnown(member.id, attempt)) return;
    const { rule, clock } = this.#parts;
    const straw = this.#lastStraw;
    const at = straw?.id === member.id && straw.attempt === attempt ? straw.at : clock.monotonic() - this.#beganAt;
    const crashes = countCrash(rule, this.#history.crashes, at);
    const live = this.#parts.liveMembers();
    const order = live.map(({ id }) => id);
    const counted = Object.fromEntries(Object.entries(this.#history.counted).filter(([id]) => order.includes(id)));
    const known = { crashes, counted: { ...counted, [member.id]: attempt } };
    if (isExceeded(rule, crashes)) {
      this.#remember(member.id, [], { ...known, taken: {} });
      this.#giveUp();
      return;
    }
    const ids = membersToRestart(rule.strategy, order, member.id);
    const together = live.filter(({ id, row }) => ids.includes(id) && row.status !== "queued");
    const others = together.filter((one) => one !== member && !notAsked.has(one.row.status) && !this.#gate.holds(one.id));
    this.#remember(member.id, ids, { ...known, taken: Object.fromEntries(others.map(({ id, row }) => [id, row.attempt])) });
    this.#gate.close(together.map(({ id }) => id));
    this.#restart(others);
  }

  /** Whether the end of this attempt is no crash to count: it was counted, or the group itself ended it, maybe under a daemon that was killed before the wish was stored. */
  #isKnown(id: string, attempt: number): boolean {
    return this.#history.counted[id] === attempt || this.#history.taken[id] === attempt;
  }

  /** Stored before anybody is asked to restart, so that the next daemon can finish it. */
  #remember(member: string, restarts: readonly string[], history: MemberHistory): void {
    const { group, rule } = this.#parts;
    this.#history = history;
    const { attempt } = group.row;
    group.noteFirst({ type: "mission.member_crashed", attempt, member, strategy: rule.strategy, restarts, history });
  }

  /** Ends the running attempts of these in reverse start order; the gate lets the next ones start in start order. */
  #restart(members: readonly LiveMission[]): void {
    for (const member of members.toReversed()) member.request({ type: "restart.requested", by: this.#parts.group.id });
  }

  #giveUp(): void {
    const { group, rule } = this.#parts;
    const restarts = Math.max(0, this.#history.crashes.length - 1);
    group.note({ type: "mission.gave_up", attempt: group.row.attempt, restarts, within_seconds: rule.maxSeconds });
    const note = `its members crashed more than ${rule.maxRestarts} times within ${rule.maxSeconds} s`;
    this.#endAll("stop", { exitCode: 1, note });
  }

  #endAll(how: MemberOrder, end: Omit<GroupEnd, "endedAt">): void {
    const isBegun = this.#ending !== null;
    if (this.#ending !== "kill") this.#ending = how;
    this.#gate.shut();
    this.#parts.whenRecovered(() => {
      this.#endAtOnce(this.#ending ?? how);
      if (!isBegun) void this.#endOneByOne(end);
    });
  }

  /** What has no process need not wait for those that have one, and a kill waits for nobody. */
  #endAtOnce(how: MemberOrder): void {
    for (const member of this.#parts.liveMembers().reverse()) {
      if (how === "kill" || notAsked.has(member.row.status)) this.#ask(member, how);
    }
  }

  /** The last started first, each once the one after it is gone; also those that are made meanwhile. */
  async #endOneByOne(end: Omit<GroupEnd, "endedAt">): Promise<void> {
    const tell = this.#tell;
    for (let last = this.#last(); last !== undefined; last = this.#last()) {
      this.#ask(last, this.#ending ?? "stop");
      await last.until((row) => isFinal(row.status));
    }
    tell?.({ ...end, endedAt: this.#parts.clock.now() });
  }

  #last(): LiveMission | undefined {
    return this.#parts.liveMembers().at(-1);
  }

  #ask(member: LiveMission, how: MemberOrder): void {
    member.request({ type: how === "kill" ? "kill.requested" : "stop.requested", by: this.#parts.group.id, cause: "group" });
  }
}
