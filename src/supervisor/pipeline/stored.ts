import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type HomePaths, missionPaths } from "../../base/paths.ts";
import type { ApplyRequest } from "../daemon-context.ts";
import { removeMissionFiles } from "../mission-files.ts";

const fileOf = (home: HomePaths, id: string): string => join(missionPaths(home, id).directory, "blueprint");

/**
 * Keeps a whole blueprint beside its mission, for the owner alone: the user's file may change or go.
 * Where it cannot be kept, nothing of the mission stays.
 */
export function writePipeline(home: HomePaths, id: string, request: ApplyRequest): void {
  try {
    writeFileSync(fileOf(home, id), JSON.stringify(request, withMaps), { mode: 0o600, flag: "wx" });
  } catch (error) {
    removeMissionFiles(home, id);
    throw error;
  }
}

export const readPipeline = (home: HomePaths, id: string): ApplyRequest =>
  JSON.parse(readFileSync(fileOf(home, id), "utf8"), fromMaps) as ApplyRequest;

/** Lays another blueprint beside the one that is followed; `takeNext` makes it that one, once it is decided. */
export function writeNext(home: HomePaths, id: string, version: number, request: ApplyRequest): void {
  const { directory } = missionPaths(home, id);
  writeWhole(directory, nextName(version), Buffer.from(JSON.stringify(request, withMaps)));
}

/** Follows the blueprint that was decided on, if a killed daemon left that undone. */
export function takeNext(home: HomePaths, id: string, version: number | undefined): void {
  if (version === undefined) return;
  const next = join(missionPaths(home, id).directory, nextName(version));
  if (existsSync(next)) renameSync(next, fileOf(home, id));
}

const nextName = (version: number): string => `blueprint.${version}`;

/** Writes a file as a whole: whoever finds it finds all of it. */
export function writeWhole(directory: string, name: string, bytes: Buffer): string {
  const path = join(directory, name);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, bytes, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return path;
}

// A word that no blueprint and no environment can bear as the only key of a table.
const mark = "\0map";

const withMaps = (_key: string, value: unknown): unknown => (value instanceof Map ? { [mark]: [...value] } : value);

function fromMaps(_key: string, value: unknown): unknown {
  const isMap = typeof value === "object" && value !== null && Object.hasOwn(value, mark);
  return isMap ? new Map((value as Record<string, [unknown, unknown][]>)[mark]) : value;
}
