// How the parts of Overmind are bundled, for all that build one.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

export const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20.19",
  outdir: "dist",
  sourcemap: true,
  metafile: true,
  logLevel: "warning",
  // Where tests let a daemon die; only scripts/fault-daemon.mjs builds one that can.
  dropLabels: ["FAULT"],
  define: { __OVERMIND_VERSION__: JSON.stringify(version) },
};

// A CommonJS file has no import.meta; its own name stands in.
export const commonJs = {
  ...shared,
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  // A program with a code cache is no module, and cannot import.
  supported: { "dynamic-import": false },
  // V8 reads every byte before the first line runs: 126 kB cost 4 ms.
  minify: true,
  banner: { js: 'const overmindModuleUrl=require("node:url").pathToFileURL(__filename).href;' },
  define: { ...shared.define, "import.meta.url": "overmindModuleUrl" },
};

/** The daemon with its packages, save the one that holds a native module. */
export const daemonBundle = {
  ...commonJs,
  entryPoints: ["src/daemon.ts"],
  external: ["better-sqlite3"],
  // Its log shows where it failed.
  minify: false,
};
