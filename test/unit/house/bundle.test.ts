import { existsSync, readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { describe, expect, it } from "vitest";

interface Output {
  readonly entryPoint?: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly imports: readonly { readonly path: string }[];
}

const metaPath = resolve(import.meta.dirname, "../../../dist/meta.json");
const heavy = ["xstate", "pino", "better-sqlite3", "execa", "pidusage", "ajv"];

// The build comes first in `npm test`; without one there is no bundle to look at.
describe.skipIf(!existsSync(metaPath))("the bundle of the command line", () => {
  const outputs: Record<string, Output> = existsSync(metaPath) ? JSON.parse(readFileSync(metaPath, "utf8")).outputs : {};

  it("is there", () => {
    expect(reachedFromCli(outputs).files.length).toBeGreaterThan(0);
  });

  it.each(heavy)("never reaches %s", (name) => {
    const reached = reachedFromCli(outputs);
    const bundled = reached.inputs.filter((input) => input.includes(`node_modules/${name}/`));
    expect([...bundled, ...reached.packages.filter((path) => path === name || path.startsWith(`${name}/`))]).toEqual([]);
  });

  it("holds yargs in a file of its own, which is read only when something has to be explained", () => {
    const [entry] = entriesOf(outputs);
    expect(Object.keys(outputs[entry ?? ""]?.inputs ?? {}).filter((input) => input.includes("node_modules/yargs/"))).toEqual([]);
  });
});

/** The command line's entry. */
function entriesOf(outputs: Record<string, Output>): string[] {
  return Object.entries(outputs).flatMap(([path, output]) => (/src\/cli\.ts$/.test(output.entryPoint ?? "") ? [path] : []));
}

/** Everything that the command line's entry leads to. */
function reachedFromCli(outputs: Record<string, Output>) {
  const queue = entriesOf(outputs);
  const files = new Set<string>();
  const packages = new Set<string>();
  while (queue.length > 0) {
    const path = queue.pop() ?? "";
    if (files.has(path)) continue;
    files.add(path);
    for (const one of outputs[path]?.imports ?? []) {
      const inside = outputs[one.path] === undefined ? sameName(outputs, one.path) : one.path;
      if (inside === undefined) packages.add(one.path);
      else queue.push(inside);
    }
  }
  return {
    files: [...files],
    packages: [...packages],
    inputs: [...files].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {})),
  };
}

/** A lazily loaded file that is bundled apart is external to the one that loads it; it has the same name. */
function sameName(outputs: Record<string, Output>, path: string): string | undefined {
  return path.startsWith(".") ? Object.keys(outputs).find((output) => basename(output) === basename(path)) : undefined;
}
