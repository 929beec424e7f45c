// What the same machine needs at the same time for the least that could be done instead.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshDirectory, plainEnvironment } from "./home.mjs";
import { timeCommand } from "./timing.mjs";

let emptyFile;

/** Milliseconds of Node with an empty CommonJS file. */
export function takeNodeFloor() {
  if (emptyFile === undefined || !existsSync(emptyFile)) {
    emptyFile = join(freshDirectory(), "empty.cjs");
    writeFileSync(emptyFile, "");
  }
  return timeCommand([process.execPath, emptyFile], { env: plainEnvironment() });
}

export const nodeFloor = (samples) => ({ title: "Node, empty .cjs", samples });
