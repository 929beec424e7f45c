import { runFlags } from "./run-flags.ts";

/**
 * A flag of `run` that stands behind a whole shell line, where it is a word of that line: `run 'npm test' --name t`.
 * Null without one. A first word without a blank is a program, whose own flags these may be.
 */
export function lateFlag([line, ...words]: readonly string[]): string | null {
  if (line === undefined || !/\s/.test(line.trim())) return null;
  return words.find((word) => ours.has(word.split("=", 1)[0] ?? "")) ?? null;
}

const ours: ReadonlySet<string> = new Set(
  Object.entries(runFlags).flatMap(([name, flag]) => [`--${name}`, ...("short" in flag ? [`-${flag.short}`] : [])]),
);
