import { existsSync } from "node:fs";
import type { AttemptPaths } from "../../base/paths.ts";
import { isClaimed, isClaimedByRecovery, readClaim, readExit, takeClaim } from "../../runner/attempt-files.ts";
import type { HostIdentity } from "../../runner/identity.ts";
import type { Found } from "./recovery.ts";

// A shim writes who it is in the instant after it made the file; only a stopped one takes longer.
const waits = 20;
const waitMs = 5;

/**
 * Looks at an attempt that a former daemon left. When nobody claimed it, this takes the claim, so
 * that a shim that comes late does not run it; unless the same attempt is to be started then, which
 * one of the two shims does.
 *
 * @param isStartedAgain whether an attempt that nobody claimed is started under its own number
 * @throws OvermindError home_unusable when the claim can be neither read nor taken
 */
export function findAttempt(paths: AttemptPaths, here: HostIdentity, isStartedAgain = false): Found {
  if (readExit(paths) !== null) return "here";
  // Without its directory no shim can claim it either.
  if (!existsSync(paths.directory)) return "never_started";
  // A shim of a former version knows another name for the claim: two could run.
  if (isStartedAgain && paths.former === null && !isClaimed(paths)) return "unclaimed";
  if (!isClaimed(paths) && takeClaim(paths)) return "never_started";
  for (let waited = 0; waited < waits; waited += 1) {
    const found = claimant(paths, here);
    if (found !== "unclear") return found;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs);
  }
  return "unclear";
}

function claimant(paths: AttemptPaths, here: HostIdentity): Found {
  const claim = readClaim(paths);
  if (claim?.host != null && claim.shim !== null) {
    if (claim.host.boot !== here.boot) return "other_boot";
    return claim.host.namespace === here.namespace ? "here" : "elsewhere";
  }
  return isClaimedByRecovery(paths) ? "never_started" : "unclear";
}
