import type { Clock, Timer } from "../../base/clock.ts";
import type { DaemonLog } from "../../base/daemon-log.ts";
import { OvermindError } from "../../base/errors.ts";
import { Changes } from "../../output/changes.ts";
import type { TakeOverEvent } from "../../protocol/take-over.ts";
import { isRunning, type ProcessIdentity, readStat, signalProcess } from "../../runner/identity.ts";
import type { LiveMission } from "../live-mission.ts";
import { missionEnvironment } from "../mission-files.ts";
import type { MissionIndex } from "../mission-index.ts";
import { canHandOver, handOver, isHandedOver } from "./hand-over.ts";
import { TalkFile } from "./talk-file.ts";

interface Holder {
  readonly changes: Changes;
  isAskedToLeave: boolean;
}

// Who held it may come back: its connection, or the daemon, broke.
const returnMs = 2_000;
const returnAfterStartMs = 5_000;
/** What a terminal program gets to end by itself. */
const leaveMs = 3_000;

/**
 * Conversations that people hold in the agent's own program. The holder's connection is the hold:
 * when it breaks, the mission goes on by itself, and never beside the program that held it.
 */
export class TakeOvers {
  readonly #index: MissionIndex;
  readonly #clock: Clock;
  readonly #log: DaemonLog;
  readonly #holders = new Map<string, Holder>();
  readonly #returns = new Map<string, Timer>();
  #isClosed = false;

  constructor(index: MissionIndex, clock: Clock, log: DaemonLog) {
    this.#index = index;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Hands a session over to who asks, for as long as they listen; told is first what to open.
   *
   * @throws OvermindError not_session, not_running; paused where somebody holds it already; invalid_argument where
   *   the agent has no program for people, or nothing was said in it yet
   */
  async *take(reference: string, by: string, signal: AbortSignal): AsyncGenerator<TakeOverEvent> {
    const mission = this.#mission(reference);
    const { id, name, agent, spec } = mission;
    if (agent === null || spec.type !== "session") throw new OvermindError("not_session");
    if (!canHandOver(mission)) throw noProgram(mission);
    if (this.#holders.has(id))
      throw new OvermindError("paused", undefined, { hint: `Somebody holds it already. To end that: overmind detach ${name}` });
    this.#cancelReturn(id);
    const holder: Holder = { changes: new Changes(), isAskedToLeave: false };
    this.#holders.set(id, holder);
    const stopListening = mission.onChange(() => holder.changes.notify());
    try {
      const session = knownSession(mission);
      await handOver(mission, by, signal);
      if (lastHold(mission) === null) memoryOf(mission).add({ did: "taken_over", child: null });
      const argv = agent.provider.attachCommand(agent.request, session) ?? [];
      yield { type: "ready", argv, cwd: spec.cwd, session_id: session, environment: missionEnvironment(mission.paths) };
      yield* this.#hold(mission, holder, signal);
    } finally {
      stopListening();
      this.#holders.delete(id);
      // Who holds it may have lost the connection only.
      if (isHandedOver(mission) && lastHold(mission) !== null) this.#awaitReturn(mission, returnMs);
    }
  }

  /** The holder's terminal program is this process: it is ended before the mission goes on. */
  opened(reference: string, pid: number): void {
    const mission = this.#mission(reference);
    const stat = readStat(pid);
    if (stat === null || !this.#holders.has(mission.id)) return;
    memoryOf(mission).add({ did: "taken_over", child: { pid, start: stat.start } });
  }

  /**
   * The mission goes on; whoever holds it is asked to leave first.
   *
   * @throws OvermindError not_running where nobody has taken it over
   */
  async giveBack(reference: string, by: string): Promise<void> {
    const mission = this.#mission(reference);
    if (!isHandedOver(mission))
      throw new OvermindError("not_running", undefined, { hint: `Nobody has taken ${mission.name} over.` });
    const holder = this.#holders.get(mission.id);
    if (holder !== undefined) {
      holder.isAskedToLeave = true;
      holder.changes.notify();
    }
    await this.#goOn(mission, by);
  }

  isTaken(reference: string): boolean {
    const mission = this.#index.findLive(this.#index.row(reference).id);
    return mission !== undefined && isHandedOver(mission);
  }

  /** A former daemon left these: who held one has some seconds to come back. */
  recovered(): void {
    for (const mission of this.#index.live())
      if (isHandedOver(mission) && lastHold(mission) !== null) this.#awaitReturn(mission, returnAfterStartMs);
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#returns.values()) timer.cancel();
  }

  async *#hold(mission: LiveMission, holder: Holder, signal: AbortSignal): AsyncGenerator<TakeOverEvent> {
    let isTold = false;
    for (;;) {
      const change = holder.changes.next(signal);
      if (signal.aborted) return;
      // It was given back, or somebody ended or restarted it.
      const isOver = !isHandedOver(mission);
      if ((holder.isAskedToLeave || isOver) && !isTold) {
        isTold = true;
        yield { type: "leave" };
      }
      if (isOver) return;
      await change;
    }
  }

  #awaitReturn(mission: LiveMission, ms: number): void {
    if (this.#isClosed) return;
    this.#cancelReturn(mission.id);
    const timer = this.#clock.after(ms, () => {
      this.#returns.delete(mission.id);
      if (!isHandedOver(mission)) return;
      this.#goOn(mission, "daemon").catch((error) =>
        this.#log.error({ err: error, mission: mission.id }, "a mission that was taken over could not go on"),
      );
    });
    this.#returns.set(mission.id, timer);
  }

  #cancelReturn(id: string): void {
    this.#returns.get(id)?.cancel();
    this.#returns.delete(id);
  }

  async #goOn(mission: LiveMission, by: string): Promise<void> {
    this.#cancelReturn(mission.id);
    const child = lastHold(mission)?.child ?? null;
    if (child !== null) await this.#endProgram(child);
    if (this.#isClosed || !isHandedOver(mission)) return;
    memoryOf(mission).add({ did: "given_back" });
    mission.request({ type: "unpause.requested", by });
  }

  /** Two that write one conversation would spoil it. */
  async #endProgram(child: ProcessIdentity): Promise<void> {
    for (const sign of ["SIGHUP", "SIGKILL"] as const) {
      if (!signalProcess(child, sign)) return;
      const deadline = this.#clock.monotonic() + leaveMs;
      while (isRunning(child) && this.#clock.monotonic() < deadline)
        await new Promise<void>((resolve) => this.#clock.after(20, resolve));
    }
  }

  #mission(reference: string): LiveMission {
    const mission = this.#index.findLive(this.#index.row(reference).id);
    if (mission === undefined) throw new OvermindError("not_running");
    return mission;
  }
}

function knownSession({ row, name }: LiveMission): string {
  if (row.session_id !== null) return row.session_id;
  throw new OvermindError("invalid_argument", `${name} has no conversation yet that could be taken over`, {
    details: { field: "id" },
    hint: `Say something first: overmind send ${name} MESSAGE`,
  });
}

const noProgram = ({ spec, name }: LiveMission): OvermindError =>
  new OvermindError("invalid_argument", `an agent of ${spec.provider} has no program in which a person could go on`, {
    details: { field: "id", provider: spec.provider },
    hint: `To talk with it: overmind send --wait ${name} MESSAGE`,
  });

const memoryOf = (mission: LiveMission): TalkFile => new TalkFile(mission.paths.directory);

/** Who holds it, as far as it is on record; null: nobody does. */
function lastHold(mission: LiveMission): { readonly child: ProcessIdentity | null } | null {
  const last = memoryOf(mission)
    .records()
    .findLast(({ did }) => did === "taken_over" || did === "given_back" || did === "begin");
  return last?.did === "taken_over" ? last : null;
}
