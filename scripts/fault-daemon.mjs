// Builds a daemon that dies at the fault points of src/base/fault-points.ts, for tests alone: the one that is
// shipped holds none of them. `OVERMIND_FAULT_POINT` arms one.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Into a directory that neither git nor the package holds. What vitest calls once before the tests. */
export async function setup() {
  await build({
    absWorkingDir: root,
    entryPoints: ["src/daemon.ts"],
    outdir: "dist-fault",
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    packages: "external",
    splitting: true,
    logLevel: "warning",
  });
}
