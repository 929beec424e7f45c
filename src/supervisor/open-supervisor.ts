import { setImmediate } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import type { DaemonLog } from "../base/daemon-log.ts";
import { faultPoint } from "../base/fault-points.ts";
import type { HomePaths } from "../base/paths.ts";
import { protocolVersion } from "../base/version.ts";
import { EventBus } from "../events/bus.ts";
import { OutputMonitor } from "../output/output-monitor.ts";
import type { DatabaseLoss } from "../protocol/messages.ts";
import { startHook } from "../runner/hook-process.ts";
import { hostIdentity } from "../runner/identity.ts";
import { Runner } from "../runner/runner.ts";
import { Store } from "../store/store.ts";
import { DaemonDesk } from "./daemon-desk.ts";
import { Hooks } from "./hooks/hooks.ts";
import { Journal } from "./journal.ts";
import { writeAccounts } from "./limits/accounts-file.ts";
import { LimitKeeper, type LimitParts } from "./limits/limit-keeper.ts";
import { LiveSettings } from "./live-settings.ts";
import { type SupervisorActor, startSupervisorActor } from "./machine.ts";
import { makeMissionsDirectory, missionsOnDisk } from "./mission-files.ts";
import { Pruner } from "./pruner.ts";
import { EndBook } from "./recovery/end-book.ts";
import { rebuildDatabase } from "./recovery/rebuild-database.ts";
import { recoverMissions, removeOrphanedFiles } from "./recovery/recover.ts";
import { Reserve } from "./reserve.ts";
import { RunningUsage } from "./spending/running-usage.ts";
import { Supervisor } from "./supervisor.ts";
import type { Surroundings } from "./surroundings.ts";
import { TreeGauge } from "./watch/tree-gauge.ts";

export interface OpenOptions {
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly log: DaemonLog;
  readonly version: string;
  /** Ends the daemon's process, once what is under way has been answered. */
  readonly onShutdown: () => void;
}

/** A home that is kept: what can be asked of it, and how it is let go. */
export interface OpenedHome {
  readonly desk: DaemonDesk;
  /** Lets go of every mission; their agents run on, and the next daemon takes them up. */
  close(): Promise<void>;
}

/**
 * Opens the home's store and takes up its missions. The caller holds the home's lock.
 *
 * @throws OvermindError home_unusable, disk_full, also when config.toml is broken
 */
export async function openSupervisor(options: OpenOptions): Promise<OpenedHome> {
  const { paths, clock, log, version, onShutdown } = options;
  const ground = await openGround(options);
  const { settings, store, bus, journal, ends, loss } = ground;
  const actor = startSupervisorActor(clock, log);
  const surroundings = surroundingsOf(options, ground, actor);
  const hooks = hooksOf(options, ground, surroundings);
  const hello = { server: "overmind", version, protocol: protocolVersion, pid: process.pid, home: paths.home } as const;
  const supervisor = new Supervisor({ clock, store, surroundings, actor });
  const desk = new DaemonDesk({ supervisor, store, bus, surroundings, hello, hooks, settings, loss, onShutdown });

  takeUp(supervisor, options, ground, surroundings);
  actor.send({ type: "recovery.finished" });
  hooks.open();
  settings.follow((event) => {
    journal.note([journal.daemonFact(event)]);
    if (event.type === "config.changed") hooks.reload();
  });
  const shortenEnds = () => ends.shorten(() => missionsOnDisk(paths));
  const pruner = new Pruner({ supervisor, store, clock, log, settings, shortenEnds });
  // Facts that recovery found at once are on record before the first client asks.
  await setImmediate();

  return {
    desk,
    async close() {
      supervisor.close();
      settings.close();
      surroundings.limits.close();
      await hooks.close();
      pruner.close();
      surroundings.gauge.close();
      closeGround(ground);
    },
  };
}

/** What everything else stands on. */
interface Ground {
  readonly settings: LiveSettings;
  readonly store: Store;
  readonly bus: EventBus;
  readonly ends: EndBook;
  readonly journal: Journal;
  readonly runner: Runner;
  readonly loss: DatabaseLoss | null;
}

/** The runner hears of ends from here on, so that none falls between a look at the files and listening. */
async function openGround({ paths, clock, log }: OpenOptions): Promise<Ground> {
  const settings = new LiveSettings({ paths, clock, log });
  const store = new Store(paths.database, clock.now());
  const bus = new EventBus((error) => log.error({ err: error }, "a listener of events failed"));
  const ends = new EndBook(paths.ends, log);
  const journal = new Journal({ store, bus, clock, log, ends });
  const runner = new Runner({ paths, clock, log, gather: (work) => journal.gather(work) });
  await runner.open();
  makeMissionsDirectory(paths);
  FAULT: faultPoint("before_rebuild");
  const loss = store.isNew ? rebuildDatabase({ paths, clock, log, journal, ends }, store.keptAs) : null;
  ends.open(
    () => store.missions.ends(),
    () => missionsOnDisk(paths),
  );
  return { settings, store, bus, ends, journal, runner, loss };
}

function closeGround({ journal, ends, runner, store }: Ground): void {
  journal.close();
  ends.close();
  runner.close();
  store.close();
}

function surroundingsOf({ paths, clock, log }: OpenOptions, ground: Ground, parent: SupervisorActor): Surroundings {
  const { settings, store, journal, runner } = ground;
  const monitor = new OutputMonitor({
    get logMaxBytes() {
      return settings.current.log_max_bytes;
    },
    punch: (path, length) => runner.punchHole(path, length),
  });
  const reserve = new Reserve(paths.reserve, paths.home);
  reserve.keep();
  const keep = keptBeside(paths.accounts, log);
  return {
    limits: new LimitKeeper({ clock, journal, settings, known: store.accounts.all(), keep, random: Math.random }),
    running: new RunningUsage(),
    host: hostIdentity(),
    paths,
    clock,
    log,
    journal,
    runner,
    monitor,
    gauge: new TreeGauge(clock, runner),
    reserve,
    get leftoversKeep() {
      return settings.current.leftovers_keep;
    },
    settings,
    parent,
  };
}

/** Without them all who wait for a limit go on at once after the database was lost: worth a warning, and no more. */
const keptBeside =
  (path: string, log: DaemonLog): LimitParts["keep"] =>
  (accounts) => {
    try {
      writeAccounts(path, accounts);
    } catch (error) {
      log.warn({ err: error }, "the limits of accounts could not be written beside the database");
    }
  };

function hooksOf({ paths, clock, log }: OpenOptions, { store, bus, settings, journal }: Ground, { host }: Surroundings): Hooks {
  return new Hooks({
    store,
    bus,
    clock,
    log,
    settings,
    host,
    home: paths.home,
    start: startHook,
    gaveUp: (dead) => journal.note([journal.daemonFact({ type: "hook.dead", ...dead })]),
  });
}

/** Takes up what a former daemon left; from here on what waits may begin. */
function takeUp(
  supervisor: Supervisor,
  { log, version }: OpenOptions,
  { store, journal, runner }: Ground,
  around: Surroundings,
): void {
  const { adopted, lost, leftAlone, found } = recoverMissions(supervisor, store, around);
  removeOrphanedFiles(store, around);
  void runner.terminals.tidy(leftAlone);
  supervisor.openQueue(leftAlone);
  supervisor.openTree(found);
  around.limits.open();
  if (leftAlone.length > 0) log.warn({ missions: leftAlone }, "missions of another pid namespace are left alone");
  journal.note([journal.daemonFact({ type: "daemon.started", pid: process.pid, version, adopted, lost })]);
}
