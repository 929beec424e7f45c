import { existsSync, readFileSync } from "node:fs";
import { arch } from "node:os";
import { delegatedTree, groupOf } from "../../base/cgroup.ts";
import { findStarter } from "../boot/find-starter.ts";
import type { CommandLineContext } from "../command-line-context.ts";
import type { Finding } from "./finding.ts";

/** Whether orphans of an agent come to its shim (PR_SET_CHILD_SUBREAPER of prctl(2)), so that none is lost. */
export function findSubreaper(): Finding {
  if (process.platform === "linux" && ["x64", "arm64"].includes(arch()))
    return { state: "ok", says: "orphans of an agent are collected by its shim" };
  return { state: "warn", says: "not on this system: what leaves its session is found by descent and marker only" };
}

/** Whether processes that left session and parents can be known by their environment. */
export function findMarkers(): Finding {
  if (existsSync("/proc/self/environ")) return { state: "ok", says: "leftovers are found by session, descent and marker" };
  return { state: "warn", says: "no /proc: only process groups and trees are swept" };
}

/** Whether the kernel keeps memory limits: a part of the cgroup v2 tree has to be the daemon's to divide. */
export async function findCgroups(context: CommandLineContext): Promise<Finding> {
  const daemon = await daemonPid(context);
  return { state: "ok", says: tellGroups(groupOf(daemon ?? "self"), daemon !== null) };
}

/** @param group the directory of the daemon's group in the unified tree; null where there is none */
export function tellGroups(group: string | null, isRunning: boolean): string {
  const instead = "memory limits are kept by looking every second";
  if (group === null) return `no cgroup v2 here; ${instead}`;
  if (delegatedTree(group) !== null) return "delegated: the kernel keeps memory limits";
  return `not delegated to ${isRunning ? "the daemon" : "a daemon started from here"}; ${instead}`;
}

/** Whether the end of a login takes the daemon along (systemd-logind's session scopes) or nothing starts it after a reboot. */
export async function findLogin(context: CommandLineContext): Promise<Finding> {
  const daemon = await daemonPid(context);
  const isInScope = dependsOnLogin(textIn(`/proc/${daemon ?? "self"}/cgroup`));
  const fix = "overmind service install";
  if (isInScope) {
    const who = daemon === null ? "a daemon started from here" : "the daemon";
    return { state: "warn", says: `${who} belongs to a login session and may end with it, its agents too`, fix };
  }
  const isInstalled = (await findStarter(context)?.look())?.isInstalled === true;
  return {
    state: "ok",
    says: isInstalled ? "the system starts the daemon" : `the daemon outlives the login; to start it after a reboot: ${fix}`,
  };
}

/** By the text of /proc/PID/cgroup. */
export const dependsOnLogin = (groups: string): boolean => /\/session-[^/]*\.scope/.test(groups);

async function daemonPid(context: CommandLineContext): Promise<number | null> {
  try {
    return (await context.connectIfRunning())?.hello.pid ?? null;
  } catch {
    return null;
  }
}

function textIn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
