import { setImmediate } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import type { HomePaths } from "../base/paths.ts";
import { protocolVersion } from "../base/version.ts";
import { EventBus } from "../events/bus.ts";
import { OutputMonitor } from "../output/output-monitor.ts";
import { hostIdentity } from "../runner/identity.ts";
import { Runner } from "../runner/runner.ts";
import { Store } from "../store/store.ts";
import type { DaemonLog } from "./daemon-log.ts";
import { Journal } from "./journal.ts";
import { startSupervisorActor } from "./machine.ts";
import { makeMissionsDirectory } from "./mission-files.ts";
import { Pruner } from "./pruner.ts";
import { factsFromFiles } from "./rebuild.ts";
import { recoverMissions, removeUnansweredRuns } from "./recover.ts";
import { loadSettings } from "./settings.ts";
import { Supervisor } from "./supervisor.ts";

export interface OpenOptions {
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly log: DaemonLog;
  readonly version: string;
  /** Ends the daemon's process, once what is under way has been answered. */
  readonly onShutdown: () => void;
}

/**
 * Opens the home's store and takes up its missions. The caller holds the home's lock.
 *
 * @throws OvermindError home_unusable, disk_full, also when config.toml is broken
 */
export async function openSupervisor({ paths, clock, log, version, onShutdown }: OpenOptions): Promise<Supervisor> {
  const settings = loadSettings(paths.config);
  makeMissionsDirectory(paths);
  const store = new Store(paths.database, clock.now());
  const bus = new EventBus((error) => log.error({ err: error }, "a listener of events failed"));
  const journal = new Journal({ store, bus, clock, log });
  const runner = new Runner({ paths, clock, log, gather: (work) => journal.gather(work) });
  await runner.open();
  const monitor = new OutputMonitor({
    logMaxBytes: settings.log_max_bytes,
    punch: (path, length) => runner.punchHole(path, length),
  });
  const actor = startSupervisorActor(clock, log);
  const surroundings = {
    host: hostIdentity(),
    paths,
    clock,
    log,
    journal,
    runner,
    monitor,
    leftoversKeep: settings.leftovers_keep,
    parent: actor,
  };
  const hello = { server: "overmind", version, protocol: protocolVersion, pid: process.pid, home: paths.home } as const;
  const supervisor = new Supervisor({ paths, clock, store, bus, surroundings, hello, actor, onShutdown, release });

  if (store.keptAs !== null) rebuild(store.keptAs);
  const { adopted, lost, leftAlone } = recoverMissions(supervisor, store, surroundings);
  removeUnansweredRuns(store, surroundings);
  if (leftAlone.length > 0) log.warn({ missions: leftAlone }, "missions of another pid namespace are left alone");
  journal.note([journal.daemonFact({ type: "daemon.started", pid: process.pid, version, adopted, lost })]);
  actor.send({ type: "recovery.finished" });
  const pruner = new Pruner({ supervisor, store, clock, log, settings });
  // Facts that recovery found at once are on record before the first client asks.
  await setImmediate();

  return supervisor;

  async function release(): Promise<void> {
    pruner.close();
    journal.close();
    runner.close();
    store.close();
  }

  function rebuild(keptAs: string): void {
    const facts = factsFromFiles(paths, clock.now());
    log.error(
      { keptAs, missions: facts.length },
      "the database could not be read; it was put aside and missions were rebuilt from their files",
    );
    journal.intend([...facts, journal.daemonFact({ type: "daemon.rebuilt", missions: facts.length, kept_as: keptAs })]);
  }
}
