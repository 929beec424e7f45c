// Builds a daemon that dies at the fault points of src/base/fault-points.ts, for tests alone: the one that is
// shipped holds none of them. `OVERMIND_FAULT_POINT` arms one.
import { build } from "esbuild";
import { daemonBundle } from "./bundles.mjs";

/** Into a directory that neither git nor the package holds. What vitest calls once before the tests. */
export async function setup() {
  await build({ ...daemonBundle, dropLabels: [], metafile: false, outdir: "dist-fault" });
}
