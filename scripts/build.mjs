// Builds dist/: the command line as one CommonJS file (about 6 ms faster to start than ESM), its help
// as a second one that is loaded only when needed, the daemon with its packages as one file too (a third of the time of
// 300 modules), the package as an ES module, and types.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { build } from "esbuild";
import { commonJs, daemonBundle, root, shared } from "./bundles.mjs";

// Parts of the command line that stay files of their own, required at their first use.
const apart = ["src/cli/slow-reader.ts", "src/settings/file-view.ts", "src/commands/blueprint/blueprint-desk.ts"].map((path) =>
  join(root, path),
);

const modules = { ...shared, format: "esm", packages: "external" };

const keepApart = {
  name: "keep-apart",
  setup({ onResolve, onLoad }) {
    for (const path of apart) {
      const name = basename(path, ".ts");
      onResolve({ filter: new RegExp(`/${name}\\.ts$`) }, () => ({ path, namespace: "apart" }));
      onResolve({ filter: new RegExp(`^\\./${name}\\.cjs$`) }, ({ path }) => ({ path, external: true }));
    }
    onLoad({ filter: /.*/, namespace: "apart" }, ({ path }) => ({
      contents: `module.exports = require("./${basename(path, ".ts")}.cjs");`,
      loader: "js",
    }));
  },
};

const started = Date.now();
const [commandLine, daemon] = ["dist/cli.cjs", "dist/daemon.cjs"].map((path) => join(root, path));
// V8 tells a cache of other source by its length alone: an old one must never stand beside a new program.
for (const program of [commandLine, daemon]) rmSync(`${program}.cache`, { force: true });
const built = await Promise.all([
  build({ ...commonJs, entryPoints: ["src/cli.ts"], plugins: [keepApart] }),
  ...apart.map((path) => build({ ...commonJs, entryPoints: [path] })),
  build(daemonBundle),
  build({ ...modules, entryPoints: ["src/index.ts"] }),
  build({ ...modules, entryPoints: ["src/chaos.ts"] }),
]);
writeFileSync(join(root, "dist/meta.json"), JSON.stringify(mergeMetafiles(built.map(({ metafile }) => metafile))));
emitTypes();
removeStale();
runForCache();
await runDaemonForCache();

function mergeMetafiles(metafiles) {
  return {
    inputs: Object.assign({}, ...metafiles.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...metafiles.map(({ outputs }) => outputs)),
  };
}

/** What most commands begin with. It finds no daemon, and starts none. */
function runForCache() {
  const env = { ...process.env, OVERMIND_HOME: join(root, "dist/nobody-home") };
  const words = [join(root, "scripts/code-cache.cjs"), commandLine, "--no-autostart", "ps"];
  // What the command line says is that it found no daemon.
  const { status } = spawnSync(process.execPath, words, { env, stdio: "ignore" });
  if (status !== 0) throw new Error("the command line could not be run for its code cache");
}

/** A start and an end. Where the native module of the database was not built, there is a daemon but no cache of it. */
async function runDaemonForCache() {
  const home = mkdtempSync(join(tmpdir(), "overmind-build-"));
  const env = { ...process.env, OVERMIND_HOME: home };
  const words = [join(root, "scripts/code-cache.cjs"), daemon, "--ready-fd", "3"];
  const child = spawn(process.execPath, words, { env, stdio: ["ignore", "ignore", "inherit", "pipe"] });
  child.stdio[3].once("data", () => child.kill("SIGTERM"));
  await once(child, "close");
  rmSync(home, { recursive: true, force: true });
  if (!existsSync(`${daemon}.cache`)) console.error("the daemon could not be run for its code cache; it starts without");
}

/** Declarations of what src/index.ts exports; imports of `.ts` become imports of `.js`. */
function emitTypes() {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  if (!existsSync(compiler)) return;
  const flags = [
    "--noEmit",
    "false",
    "--declaration",
    "--emitDeclarationOnly",
    "--rewriteRelativeImportExtensions",
    "--noCheck",
    "--outDir",
    "dist/types",
    "--rootDir",
    "src",
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--lib",
    "es2023",
    "--types",
    "node",
    "--strict",
    "--allowImportingTsExtensions",
    "--exactOptionalPropertyTypes",
    "--verbatimModuleSyntax",
    "--skipLibCheck",
    "--ignoreConfig",
  ];
  execFileSync(process.execPath, [compiler, ...flags, "src/index.ts"], { cwd: root, stdio: "inherit" });
}

/** Last and not first, so that a build under a running daemon never takes a file away that is needed. */
function removeStale() {
  const current = new Set(built.flatMap(({ metafile }) => Object.keys(metafile.outputs)));
  for (const entry of readdirSync(join(root, "dist"), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const name = relative(root, path);
    const isType = name.startsWith(join("dist", "types"));
    const isStale = isType ? statSync(path).mtimeMs < started - 1000 : !current.has(name) && name !== join("dist", "meta.json");
    if (entry.isFile() && isStale) rmSync(path);
  }
}
