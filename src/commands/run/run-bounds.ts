import { UsageError } from "../usage-error.ts";
import type { RunArguments } from "./run-flags.ts";

// What no process, or no policy, can be given: said before anything is asked of the daemon.
const bounds = [
  { flag: "jitter", least: 0, most: 1, says: "a share from 0 to 1" },
  { flag: "nice", least: -20, most: 19, says: "a niceness from -20 to 19" },
] as const;

/** @throws UsageError naming the range of a flag whose value lies outside it */
export function refuseBeyondBounds(flags: RunArguments["flags"]): void {
  for (const { flag, least, most, says } of bounds) {
    const value = flags[flag];
    if (value !== undefined && (value < least || value > most)) throw new UsageError(`--${flag} takes ${says}, not ${value}`);
  }
}
