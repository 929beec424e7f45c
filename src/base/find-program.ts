import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";

/**
 * Where a program lies that is started by this name, as execvp(3) looks for it; null: nowhere.
 *
 * @param path the PATH to look in; its relative entries count from `cwd`
 */
export function findProgram(name: string, path: string, cwd: string): string | null {
  if (name.includes("/")) return runnable(resolve(cwd, name));
  for (const directory of path.split(":")) {
    const found = runnable(resolve(cwd, directory, name));
    if (found !== null) return found;
  }
  return null;
}

function runnable(path: string): string | null {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : null;
  } catch {
    return null;
  }
}
