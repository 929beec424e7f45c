import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../..");

export interface SourceImport {
  /** The path as written. */
  readonly from: string;
  /** Relative to `src`, or null for a package or a module of Node. */
  readonly file: string | null;
  readonly isType: boolean;
}

export interface Source {
  /** Relative to `src`, with slashes. */
  readonly path: string;
  /** First folder below `src`; empty for the composition roots. */
  readonly folder: string;
  readonly lines: number;
  readonly imports: readonly SourceImport[];
}

/** Every TypeScript file of `src` with what it imports. */
export function readSources(): Source[] {
  const src = join(root, "src");
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .toSorted()
    .map((path) => readSource(src, path));
}

function readSource(src: string, path: string): Source {
  const text = readFileSync(join(src, path), "utf8");
  return {
    path,
    folder: path.includes("/") ? (path.split("/")[0] ?? "") : "",
    lines: text.trimEnd().split("\n").length,
    imports: importsOf(text).map(({ from, isType }) => ({
      from,
      isType,
      file: from.startsWith(".") ? relative(src, resolve(src, dirname(path), from)) : null,
    })),
  };
}

function importsOf(text: string): { from: string; isType: boolean }[] {
  const code = text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const fixed = [...code.matchAll(/^(?:import|export)\s+([^;"']*?)\s*from\s*["']([^"']+)["']/gm)].map(
    ([, what = "", from = ""]) => ({
      from,
      isType: isTypeOnly(what),
    }),
  );
  const bare = [...code.matchAll(/^import\s*["']([^"']+)["']/gm)].map(([, from = ""]) => ({ from, isType: false }));
  const lazy = [...code.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)].map(([, from = ""]) => ({ from, isType: false }));
  return [...fixed, ...bare, ...lazy];
}

/** `type { … }`, or braces in which every name is a type. */
function isTypeOnly(what: string): boolean {
  if (/^type\b/.test(what)) return true;
  const names = /^\{([^}]*)\}$/.exec(what.trim())?.[1];
  return names?.split(",").every((name) => name.trim() === "" || /^type\s/.test(name.trim())) ?? false;
}
