import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Clock, Timer } from "../base/clock.ts";

/** Editors write in several steps; this long after the last one the file is read. */
const settleMs = 100;
/** Where nothing can be watched. */
const lookMs = 5000;

/**
 * Calls back after the file at `path` may have changed, appeared or gone. Its directory is watched,
 * so that a file put in its place is seen, and the file itself, which may be a link to another place.
 *
 * @returns ends it
 */
export function watchConfig(path: string, clock: Clock, changed: () => void): () => void {
  const name = basename(path);
  let timer: Timer | null = null;
  let ofFile: FSWatcher | null = null;
  const settle = () => {
    timer?.cancel();
    timer = clock.after(settleMs, () => {
      timer = null;
      ofFile?.close();
      ofFile = watchQuietly(path, settle);
      changed();
    });
  };
  const ofDirectory = watchQuietly(dirname(path), (file) => (file === null || file === name) && settle());
  ofFile = watchQuietly(path, settle);
  let look: Timer | null = ofDirectory === null ? clock.after(lookMs, lookAgain) : null;
  function lookAgain(): void {
    changed();
    look = clock.after(lookMs, lookAgain);
  }
  return () => {
    timer?.cancel();
    look?.cancel();
    ofDirectory?.close();
    ofFile?.close();
  };
}

function watchQuietly(path: string, seen: (file: string | null) => void): FSWatcher | null {
  try {
    return watch(path, { persistent: false }, (_, file) => seen(file)).on("error", () => {});
  } catch {
    return null;
  }
}
