import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../../..");

/** A program of these tests as JavaScript, where it finds the packages; `dispose` removes it. */
export async function buildProgram(source: string): Promise<{ entry: string; dispose: () => void }> {
  const cache = join(root, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, "overmind-test-"));
  const entry = join(directory, "program.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, source)],
    outfile: entry,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
  return { entry, dispose: () => rmSync(directory, { recursive: true, force: true }) };
}
