import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classifyEnd } from "../../../src/providers/classify-ending.ts";
import type { AgentRequest } from "../../../src/providers/provider.ts";
import { allProviders } from "../../../src/providers/registry.ts";
import { assertKept, casesOf } from "../../support/corpus.ts";
import { heardAt, request, transcriptLines, transcriptNames } from "./transcript.ts";

const corpus = ["claude", "codex", "gemini", "opencode", "acp"].flatMap((folder) =>
  transcriptNames(folder).flatMap((name) => transcriptLines(folder, name).slice(0, 40)),
);
const kinds = allProviders.flatMap((provider) => (["task", "session"] as const).map((type) => ({ provider, type })));
const words = [
  "type",
  "system",
  "result",
  "message",
  "content",
  "part",
  "item",
  "method",
  "params",
  "update",
  "id",
  "usage",
  "error",
  "__proto__",
  "constructor",
];

const cutLine = fc
  .tuple(fc.constantFrom(...corpus), fc.nat(), fc.nat())
  .map(([line, from, to]) => line.slice(from % 40, to % (line.length + 1)));
const oddObject = fc
  .dictionary(fc.constantFrom(...words), fc.oneof(fc.constantFrom(...words), fc.jsonValue({ maxDepth: 3 })))
  .map((object) => JSON.stringify(object));
const anyLine = fc.oneof(fc.constantFrom(...corpus), cutLine, oddObject, fc.string({ unit: "binary" }), fc.json());

const openAll = (resumes: string | null) =>
  kinds.map(({ provider, type }) => {
    const full: AgentRequest = { ...request, type };
    return { provider, type, reader: provider.openReader({ request: full, resumes, counters: null }) };
  });

function takesAll(lines: readonly string[], resumes: string | null): void {
  for (const { provider, type, reader } of openAll(resumes)) {
    for (const line of lines) expect(reader.push(line, heardAt).events.length).toBeGreaterThan(0);
    reader.finish();
    for (const exitCode of [0, 1, 143, null]) classifyEnd({ exitCode, signal: null }, reader.state, type, provider.endingRules);
    expect(JSON.stringify(reader.state)).toBeTypeOf("string");
  }
}

describe("every reader", () => {
  it("takes any lines in any order without an error, loses none, and always has an ending", () => {
    const lines = fc.array(anyLine, { maxLength: 30 });
    assertKept("readers", fc.property(lines, fc.option(fc.constant("old")), takesAll), { numRuns: 60 });
  });

  it.each(casesOf<[string[], string | null]>("readers"))("takes the lines of the kept case $name", ({ values }) => {
    takesAll(...values);
  });

  it("gives the same state and events for the same lines", () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 15 }), (lines) => {
        const [one, other] = [openAll(null), openAll(null)].map((all) =>
          all.map(({ reader }) => ({ heard: lines.map((line) => reader.push(line, heardAt)), state: reader.state })),
        );
        expect(one).toEqual(other);
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    [
      "ten megabytes of text",
      JSON.stringify({ type: "assistant", message: { content: [{ type: "text", text: "a".repeat(10_000_000) }] } }),
    ],
    ["ten megabytes of nothing known", "x".repeat(10_000_000)],
    ["a line that never closes", `{"a":`.repeat(100_000)],
    ["deep nesting", `{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`],
    ["deep nesting below a known type", `{"type":"result","result":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}}`],
  ])("takes %s, and what it gives can be written out again", (_what, line) => {
    for (const { reader } of openAll(null)) {
      const { events } = reader.push(line, heardAt);
      expect(() => JSON.stringify(events)).not.toThrow();
    }
  });
});
