import { accessSync, constants, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * The group that a daemon has to be in for the tree above it to be its own to divide: a group that
 * gives memory on to others may hold no process itself (cgroups(7)). The unit for systemd names it
 * (DelegateSubgroup=), and whoever else hands a tree over makes it.
 */
export const daemonGroup = "overmind-daemon";

/** The directory of the own group in the unified tree; null where there is none. */
export function ownGroup(groups: string, mounts: string): string | null {
  const path = /^0::(\/.*)$/m.exec(groups)?.[1];
  const mount = /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1];
  return path === undefined || mount === undefined ? null : join(mount, path);
}

/**
 * The directory that a process may divide; null where nobody handed it one.
 *
 * @param group the directory of its own group
 */
export function delegatedTree(group: string): string | null {
  const tree = dirname(group);
  if (basename(group) !== daemonGroup || textIn(join(tree, "cgroup.procs")).trim() !== "") return null;
  const hasMemory = textIn(join(tree, "cgroup.controllers")).split(/\s/).includes("memory");
  const needed = [tree, join(tree, "cgroup.procs"), join(tree, "cgroup.subtree_control")];
  return hasMemory && needed.every(isWritable) ? tree : null;
}

/** The directory of a process's group in the unified tree; null where there is none, or no such process. */
export function groupOf(pid: number | "self"): string | null {
  return ownGroup(textIn(`/proc/${pid}/cgroup`), textIn("/proc/self/mounts"));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function textIn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
