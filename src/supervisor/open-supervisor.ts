import { setImmediate } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { faultPoint } from "../base/fault-points.ts";
import type { HomePaths } from "../base/paths.ts";
import { protocolVersion } from "../base/version.ts";
import { EventBus } from "../events/bus.ts";
import { OutputMonitor } from "../output/output-monitor.ts";
import { startHook } from "../runner/hook-process.ts";
import { hostIdentity } from "../runner/identity.ts";
import { Runner } from "../runner/runner.ts";
import type { AccountRow } from "../store/account-table.ts";
import { Store } from "../store/store.ts";
import { DaemonDesk } from "./daemon-desk.ts";
import type { DaemonLog } from "./daemon-log.ts";
import { Hooks } from "./hooks/hooks.ts";
import { Journal } from "./journal.ts";
import { writeAccounts } from "./limits/accounts-file.ts";
import { LimitKeeper } from "./limits/limit-keeper.ts";
import { LiveSettings } from "./live-settings.ts";
import { startSupervisorActor } from "./machine.ts";
import { makeMissionsDirectory, missionsOnDisk } from "./mission-files.ts";
import { Pruner } from "./pruner.ts";
import { EndBook } from "./recovery/end-book.ts";
import { accountFacts, factsFromFiles, poolFacts } from "./recovery/rebuild.ts";
import { recoverMissions, removeOrphanedFiles } from "./recovery/recover.ts";
import { Reserve } from "./reserve.ts";
import { RunningUsage } from "./spending/running-usage.ts";
import { Supervisor } from "./supervisor.ts";
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
export async function openSupervisor({ paths, clock, log, version, onShutdown }: OpenOptions): Promise<OpenedHome> {
  const settings = new LiveSettings({ paths, clock, log });
  const store = new Store(paths.database, clock.now());
  const bus = new EventBus((error) => log.error({ err: error }, "a listener of events failed"));
  const ends = new EndBook(paths.ends, log);
  const journal = new Journal({ store, bus, clock, log, ends });
  const runner = new Runner({ paths, clock, log, gather: (work) => journal.gather(work) });
  await runner.open();
  makeMissionsDirectory(paths);
  FAULT: faultPoint("before_rebuild");
  if (store.isNew) rebuild(store.keptAs);
  ends.open(
    () => store.missions.ends(),
    () => missionsOnDisk(paths),
  );
  const monitor = new OutputMonitor({
    get logMaxBytes() {
      return settings.current.log_max_bytes;
    },
    punch: (path, length) => runner.punchHole(path, length),
  });
  const reserve = new Reserve(paths.reserve, paths.home);
  reserve.keep();
  const gauge = new TreeGauge(clock, runner);
  const actor = startSupervisorActor(clock, log);
  const limits = new LimitKeeper({ clock, journal, settings, known: store.accounts.all(), keep, random: Math.random });
  const surroundings = {
    limits,
    running: new RunningUsage(),
    host: hostIdentity(),
    paths,
    clock,
    log,
    journal,
    runner,
    monitor,
    gauge,
    reserve,
    get leftoversKeep() {
      return settings.current.leftovers_keep;
    },
    settings,
    parent: actor,
  };
  const hooks = new Hooks({
    store,
    bus,
    clock,
    log,
    settings,
    host: surroundings.host,
    home: paths.home,
    start: startHook,
    gaveUp: (dead) => journal.note([journal.daemonFact({ type: "hook.dead", ...dead })]),
  });
  const hello = { server: "overmind", version, protocol: protocolVersion, pid: process.pid, home: paths.home } as const;
  const supervisor = new Supervisor({ clock, store, surroundings, actor, release });
  const desk = new DaemonDesk({ supervisor, store, bus, surroundings, hello, hooks, settings, onShutdown });

  const { adopted, lost, leftAlone, found } = recoverMissions(supervisor, store, surroundings);
  removeOrphanedFiles(store, surroundings);
  void runner.terminals.tidy(leftAlone);
  supervisor.openQueue(leftAlone);
  supervisor.openTree(found);
  limits.open();
  if (leftAlone.length > 0) log.warn({ missions: leftAlone }, "missions of another pid namespace are left alone");
  journal.note([journal.daemonFact({ type: "daemon.started", pid: process.pid, version, adopted, lost })]);
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

  return { desk, close: () => supervisor.close() };

  async function release(): Promise<void> {
    settings.close();
    limits.close();
    await hooks.close();
    pruner.close();
    gauge.close();
    journal.close();
    ends.close();
    runner.close();
    store.close();
  }

  function keep(accounts: readonly AccountRow[]): void {
    try {
      writeAccounts(paths.accounts, accounts);
    } catch (error) {
      log.warn({ err: error }, "the limits of accounts could not be written beside the database");
    }
  }

  function rebuild(keptAs: string | null): void {
    const facts = factsFromFiles(paths, clock.now(), ends.read());
    const pools = poolFacts(paths.pools, clock.now());
    const accounts = accountFacts(paths.accounts, clock.now());
    if (keptAs === null && facts.length + pools.length + accounts.length === 0) return;
    const missions = facts.filter(({ insert }) => insert !== undefined).length;
    log.error(
      { keptAs, missions, pools: pools.length },
      "the database was lost; what could not be read was put aside, and missions were rebuilt from their files",
    );
    journal.intend([...facts, ...pools, ...accounts, journal.daemonFact({ type: "daemon.rebuilt", missions, kept_as: keptAs })]);
  }
}
