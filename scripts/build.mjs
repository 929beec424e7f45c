// Builds dist/: the command line as one CommonJS file (about 6 ms faster to start than ESM), its help
// as a second one that is loaded only when needed, the daemon and the package as ES modules, and types.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
// Parts of the command line that stay files of their own, required at their first use.
const apart = ["src/cli/slow-reader.ts", "src/settings/file-view.ts", "src/commands/blueprint/blueprint-desk.ts"].map((path) =>
  join(root, path),
);

const shared = {
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
const commonJs = {
  ...shared,
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  // V8 reads every byte before the first line runs: 126 kB cost 4 ms.
  minify: true,
  banner: { js: 'const overmindModuleUrl=require("node:url").pathToFileURL(__filename).href;' },
  define: { ...shared.define, "import.meta.url": "overmindModuleUrl" },
};
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
const program = join(root, "dist/cli.cjs");
// V8 tells a cache of other source by its length alone: an old one must never stand beside a new program.
rmSync(cacheOf(program), { force: true });
const built = await Promise.all([
  build({ ...commonJs, entryPoints: ["src/cli.ts"], plugins: [keepApart] }),
  ...apart.map((path) => build({ ...commonJs, entryPoints: [path] })),
  // In pieces, so that a daemon which loses the race for the home has not loaded the packages.
  build({ ...modules, entryPoints: ["src/daemon.ts"], splitting: true, chunkNames: "daemon/[name]-[hash]" }),
  build({ ...modules, entryPoints: ["src/index.ts"] }),
  build({ ...modules, entryPoints: ["src/chaos.ts"] }),
]);
writeFileSync(join(root, "dist/meta.json"), JSON.stringify(mergeMetafiles(built.map(({ metafile }) => metafile))));
emitTypes();
removeStale();
writeCodeCache(program);

function mergeMetafiles(metafiles) {
  return {
    inputs: Object.assign({}, ...metafiles.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...metafiles.map(({ outputs }) => outputs)),
  };
}

function cacheOf(program) {
  return `${program}.cache`;
}

function writeCodeCache(program) {
  const env = { ...process.env, OVERMIND_HOME: join(root, "dist/nobody-home") };
  const script = join(root, "scripts/code-cache.cjs");
  // What the command line says is that it found no daemon.
  const { status } = spawnSync(process.execPath, [script, program, cacheOf(program)], { env, stdio: "ignore" });
  if (status !== 0) throw new Error("the command line could not be run for its code cache");
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
