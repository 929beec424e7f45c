import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { longestFile } from "./source.ts";

/** How a blueprint gets at files. All paths are absolute. */
export interface BlueprintFiles {
  /** The text; throws an Error that says in words why there is none. */
  read(path: string): string;
  /** The path with all symbolic links followed; null where nothing is. */
  realPath(path: string): string | null;
  /** The directory that the blueprint may not lead out of. */
  rootOf(path: string): string;
}

/** Files of the disk. The root is the git repository around the blueprint, else its own directory. */
export const diskFiles: BlueprintFiles = {
  read(path) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) throw new Error("there is no such file");
    if (!found.isFile()) throw new Error("it is no file");
    if (found.size > longestFile) throw new Error(`it has ${found.size} bytes; a blueprint has at most ${longestFile}`);
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  },
  realPath(path) {
    try {
      return realpathSync(path);
    } catch {
      return null;
    }
  },
  rootOf(path) {
    const start = dirname(diskFiles.realPath(path) ?? path);
    for (let directory = start; ; directory = dirname(directory)) {
      if (existsSync(join(directory, ".git"))) return directory;
      if (dirname(directory) === directory) return start;
    }
  },
};

/** A single text that stands for a file, with nothing beside it. */
export function onlyFile(path: string, text: string): BlueprintFiles {
  return {
    read(asked) {
      if (asked === path) return text;
      throw new Error("there is no such file");
    },
    realPath: (asked) => (asked === path ? path : null),
    rootOf: () => dirname(path),
  };
}

/** Whether `path` is `directory` or lies below it; both absolute. */
export function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !way.startsWith(sep));
}
