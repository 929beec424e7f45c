import type { AnyActorRef } from "xstate";
import type { BootMoment } from "../base/boot-moment.ts";
import type { Clock } from "../base/clock.ts";
import type { DaemonLog } from "../base/daemon-log.ts";
import type { HomePaths } from "../base/paths.ts";
import type { Waiting } from "../mission/machine-types.ts";
import type { GroupMembers } from "../mission/process-owner.ts";
import type { OutputMonitor } from "../output/output-monitor.ts";
import type { HostIdentity } from "../runner/identity.ts";
import type { Runner } from "../runner/runner.ts";
import type { Settings } from "../settings/settings.ts";
import type { Journal } from "./journal.ts";
import type { LimitKeeper } from "./limits/limit-keeper.ts";
import type { LiveMission } from "./live-mission.ts";
import type { Reserve } from "./reserve.ts";
import type { RunningUsage } from "./spending/running-usage.ts";
import type { TreeGauge } from "./watch/tree-gauge.ts";

/** What all live missions share. */
export interface Surroundings {
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly log: DaemonLog;
  readonly journal: Journal;
  readonly runner: Runner;
  readonly monitor: OutputMonitor;
  readonly gauge: TreeGauge;
  readonly reserve: Reserve;
  readonly leftoversKeep: readonly string[];
  /** What config.toml says now. */
  readonly settings: { readonly current: Settings };
  readonly host: HostIdentity;
  readonly limits: LimitKeeper;
  readonly running: RunningUsage;
  /** The supervisor's actor: the parent of every mission's. */
  readonly parent: AnyActorRef;
}

/** The present moment on the clock that nobody can set. */
export const momentOf = ({ clock, host }: Pick<Surroundings, "clock" | "host">): BootMoment => ({
  boot: host.boot,
  ms: clock.monotonic(),
});

/** What a mission needs of its kin. */
export interface Kin {
  /** Of a group its members; null for every other mission. */
  membersOf(mission: LiveMission): GroupMembers | null;
  /** Whether its group lets it start again after this attempt's crash. */
  mayRestart(mission: LiveMission, attempt: number): boolean;
  /** Calls `start` when its group lets the mission start; answers what takes it back. */
  awaitTurn(mission: LiveMission, start: () => void): () => void;
  /** What keeps its next attempt from starting by itself: a limit of its account, a spent budget. Null: nothing. */
  keptFrom(mission: LiveMission): Waiting | null;
}
