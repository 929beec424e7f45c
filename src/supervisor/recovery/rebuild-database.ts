import type { Clock } from "../../base/clock.ts";
import type { DaemonLog } from "../../base/daemon-log.ts";
import type { HomePaths } from "../../base/paths.ts";
import type { DatabaseLoss } from "../../protocol/messages.ts";
import type { Journal } from "../journal.ts";
import type { EndBook } from "./end-book.ts";
import { accountFacts, factsFromFiles, poolFacts } from "./rebuild.ts";

interface Home {
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly log: DaemonLog;
  readonly journal: Journal;
  readonly ends: EndBook;
}

/**
 * Fills a new database from what lies in the home. In a home that is new itself there is nothing to fill it from.
 *
 * Answers what was lost; null: nothing.
 *
 * @param keptAs where what could not be read was put; null: there was no database
 */
export function rebuildDatabase({ paths, clock, log, journal, ends }: Home, keptAs: string | null): DatabaseLoss | null {
  const facts = factsFromFiles(paths, clock.now(), ends.read());
  const pools = poolFacts(paths.pools, clock.now());
  const accounts = accountFacts(paths.accounts, clock.now());
  if (keptAs === null && facts.length + pools.length + accounts.length === 0) return null;
  const missions = facts.filter(({ insert }) => insert !== undefined).length;
  log.error(
    { keptAs, missions, pools: pools.length },
    "the database was lost; what could not be read was put aside, and missions were rebuilt from their files",
  );
  journal.intend([...facts, ...pools, ...accounts, journal.daemonFact({ type: "daemon.rebuilt", missions, kept_as: keptAs })]);
  return { missions, kept_as: keptAs };
}
