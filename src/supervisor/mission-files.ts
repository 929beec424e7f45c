import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isMissionId } from "../base/ids.ts";
import { type HomePaths, type MissionPaths, missionPaths } from "../base/paths.ts";
import type { MissionSpec } from "../mission/spec.ts";

const equalsSign = 61;
const ownerOnly = { mode: 0o600, flag: "wx" };

/**
 * Makes a mission's directory with its environment and what it was asked to be, which lets a lost
 * database be rebuilt. Both are in one file, because a file costs more than what stands in it: the
 * spec is the last entry and has no name, so that no agent gets it.
 */
export function makeMissionFiles(home: HomePaths, spec: MissionSpec, environment: Buffer): void {
  const paths = missionPaths(home, spec.id);
  mkdirSync(paths.directory, { mode: 0o700 });
  try {
    writeFileSync(paths.environment, Buffer.concat([environment, Buffer.from(`=${JSON.stringify(spec)}\0`)]), ownerOnly);
  } catch (error) {
    removeMissionFiles(home, spec.id);
    throw error;
  }
}

/** Removes all of a mission's files. What is gone already is no error. */
export function removeMissionFiles(home: HomePaths, id: string): void {
  rmSync(missionPaths(home, id).directory, { recursive: true, force: true });
}

/** Ids of the missions that have a directory. */
export function missionsOnDisk(home: HomePaths): string[] {
  return readdirSync(home.missions).filter(isMissionId);
}

/** The numbers of a mission's attempts that somebody claimed or that have output, ascending. */
export function attemptsOnDisk(home: HomePaths, id: string): number[] {
  const entries = readdirSync(missionPaths(home, id).directory);
  const numbers = entries
    .filter((entry) => /^[1-9]\d{0,8}(\.(record|output))?$/.test(entry))
    .map((entry) => Number.parseInt(entry, 10));
  return [...new Set(numbers)].sort((left, right) => left - right);
}

/** What a mission was asked to be, from beside its environment; null when that was never written whole, or is not whole any more. */
export function readSpecFile(home: HomePaths, id: string): MissionSpec | null {
  try {
    const bytes = readFileSync(missionPaths(home, id).environment);
    const last = bytes.subarray(bytes.lastIndexOf(0, -2) + 1);
    if (last[0] !== equalsSign || last.at(-1) !== 0) return null;
    const spec: unknown = JSON.parse(last.toString("utf8", 1, last.length - 1));
    return isSpecOf(id, spec) ? spec : null;
  } catch {
    return null;
  }
}

/** Somebody may have written into the file, or laid it into the directory of another mission. */
function isSpecOf(id: string, value: unknown): value is MissionSpec {
  const spec = (value ?? {}) as Partial<MissionSpec>;
  const isNamed = spec.id === id && typeof spec.name === "string" && typeof spec.command === "string";
  return isNamed && Number.isInteger(spec.createdAt) && typeof spec.policy === "object" && spec.policy !== null;
}

/** A mission's environment as `NAME=value` entries, base64: not all of them need be UTF-8. */
export function missionEnvironment({ environment }: MissionPaths): string[] {
  const bytes = readFileSync(environment);
  const entries: string[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0, from);
    const entry = bytes.subarray(from, end === -1 ? bytes.length : end);
    // What has no name is not for agents.
    if (entry.length > 0 && entry[0] !== equalsSign) entries.push(entry.toString("base64"));
    from += entry.length + 1;
  }
  return entries;
}

/** The directory of all missions, for the owner alone. */
export function makeMissionsDirectory(home: HomePaths): void {
  mkdirSync(home.missions, { mode: 0o700, recursive: true });
  chmodSync(home.missions, 0o700);
}
