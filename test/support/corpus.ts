import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import fc from "fast-check";

const root = resolve(import.meta.dirname, "../..");
const corpus = join(root, "test/fixtures/corpus");

/** Everything that ever broke a target, or nearly did: by the name of its file, the values as they lie there. */
export function casesOf<Values extends unknown[]>(target: string): { name: string; values: Values }[] {
  const directory = join(corpus, target);
  return readdirSync(directory)
    .toSorted()
    .map((name) => ({ name, values: JSON.parse(readFileSync(join(directory, name), "utf8")) as Values }));
}

/** As `fc.assert`, and says how to keep what it found. The values have to be JSON. */
export function assertKept<Values extends unknown[]>(
  target: string,
  property: fc.IProperty<Values>,
  parameters: fc.Parameters<Values> = {},
): void {
  fc.assert(property, {
    ...parameters,
    reporter(details) {
      if (!details.failed) return;
      const place = relative(root, join(corpus, target, "what-it-shows.json"));
      const values = JSON.stringify(details.counterexample);
      throw new Error(`${fc.defaultReportMessage(details)}\n\nKeep it for good as ${place}:\n${values}`);
    },
  });
}
