import type { Expectation } from "./expectation.ts";

/** What is wrong with the lines that a mission printed: 1, 2, 3 … in each attempt. */
export function wrongLines(expected: Expectation, output: string | undefined): string[] {
  const { name, id, lines, isHurt } = expected;
  const wrong = (says: string) => [`${name} (${id}) ${says}`];
  if (isHurt) return [];
  if (output === undefined) return wrong("has no output");
  // The last line of one that is ended from outside may be cut, and its last attempt may have printed nothing.
  const isCut = expected.exitCode === null && expected.kind !== "session";
  let next = 1;
  let attempts = 0;
  for (const line of output.split("\n").slice(0, -1)) {
    if (line.startsWith("echo ")) continue;
    if (line === "1") {
      if (attempts > 0 && next - 1 !== lines) return wrong(`begins anew after line ${next - 1} of ${lines}`);
      attempts += 1;
      next = 1;
    }
    if (line !== String(next)) return wrong(`has '${line.slice(0, 40)}' where ${next} should stand`);
    next += 1;
  }
  const isWhole = isCut || (next - 1 === lines && (lines === 0 || attempts > 0));
  return isWhole ? [] : wrong(`ends at line ${next - 1} of ${lines}`);
}

/** Messages that a session did not get as often as it should. */
export function wrongMessages({ kind, sent, unsure, isHurt, name, id }: Expectation, output = ""): string[] {
  if (kind !== "session" || isHurt) return [];
  const lines = output.split("\n");
  const count = (message: string) => lines.filter((line) => line === `echo ${message}`).length;
  return [
    ...sent.filter((message) => count(message) !== 1).map((message) => `${name} (${id}) has ${message} ${count(message)} times`),
    ...unsure.filter((message) => count(message) > 1).map((message) => `${name} (${id}) has ${message} ${count(message)} times`),
  ];
}
