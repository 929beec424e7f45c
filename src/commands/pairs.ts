import { UsageError } from "./usage-error.ts";

/** Reads `K=V` words; a value may hold further `=`. */
export function readPairs(words: readonly string[], flag: string): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      if (at < 1) throw new UsageError(`${flag} takes K=V, not '${word}'`);
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}
