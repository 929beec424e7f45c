import { resolve } from "node:path";
import type { Home } from "./home.ts";
import { Spawned } from "./spawned.ts";
import { until } from "./until.ts";

// Built by scripts/fault-daemon.mjs before the tests.
const path = resolve(import.meta.dirname, "../../dist-fault/daemon.cjs");

/** Starts a daemon that kills itself at a point of src/base/fault-points.ts: its name, or `name:detail`. */
export function spawnArmed(home: Home, point: string): Spawned {
  return new Spawned(process.execPath, [path], { env: { ...home.env, OVERMIND_FAULT_POINT: point } });
}

/** As `spawnArmed`, of one whose start does not lead past the point: it answers. */
export async function startArmed(home: Home, point: string): Promise<Spawned> {
  const daemon = spawnArmed(home, point);
  await until("the armed daemon to answer", () => home.daemonPid().catch(() => null));
  return daemon;
}
