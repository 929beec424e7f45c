// Programs that may be installed, and what they make.
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pause } from "../timing.mjs";

const longestMs = 20_000;

/** Where a program lies; null: it is not installed. */
export function programInPath(name) {
  const places = (process.env.PATH ?? "").split(delimiter).map((directory) => join(directory, name));
  return places.find(isProgram) ?? null;
}

/** Waits until something makes this file. */
export async function untilThere(path) {
  const until = performance.now() + longestMs;
  while (!existsSync(path)) {
    if (performance.now() > until) throw new Error(`nobody made ${path} within ${longestMs / 1000} s`);
    await pause(20);
  }
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
