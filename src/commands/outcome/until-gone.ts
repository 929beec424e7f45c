import { readFileSync } from "node:fs";
import { OvermindError } from "../../base/errors.ts";
import type { HomePaths } from "../../base/paths.ts";

const lookEveryMs = 15;
const patienceMs = 10_000;

/**
 * Resolves when a daemon that was asked to go has left. Its socket goes before its process does, and
 * may be the next one's by then.
 *
 * @throws OvermindError internal when it is still there after ten seconds
 */
export async function untilGone(paths: HomePaths, pid: number): Promise<void> {
  for (let waited = 0; isAlive(pid); waited += lookEveryMs) {
    if (waited > patienceMs)
      throw new OvermindError("internal", `the daemon (pid ${pid}) did not end`, { hint: `See ${paths.log}` });
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/** A process that has ended but was not reaped yet (state Z) counts as gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}
