// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OvermindError } from "../../../src/base/errors.ts";
import { resolveParams } from "../../../src/blueprint/params.ts";
import { planOf } from "../../../src/blueprint/plan.ts";
import { parseBlueprint } from "../../../src/blueprint/read-blueprint.ts";
import { settingsFrom } from "../../../src/settings/read-settings.ts";
import { assertKept, casesOf } from "../../support/corpus.ts";

const keys = [
  ...["command", "argv", "prompt", "depends_on", "env", "cwd", "type", "restart", "retry", "when", "ready", "replicas"],
  ...[
    "matrix",
    "foreach",
    "verify",
    "finally",
    "timeout",
    "grace",
    "labels",
    "success_codes",
    "include",
    "__proto__",
    "constructor",
  ],
  ...["keep_days", "defaults", "hooks", "on", "run", "leftovers_keep", "max_depth", "approvals", "limits"],
];
const tables = [
  "agents.a",
  "agents.b",
  "agents",
  "defaults",
  "blueprint",
  "params.p",
  "params",
  "[hooks]",
  "x.y",
  "agents.a.env",
  "",
];
const values = [
  ...["1", "-1", "1e400", "nan", "true", '""', '"a"', '"${agents.a.result}"', '"${"', '"${env.HOME}"', "[]", '["a", "b"]', "{}"],
  ...[
    '{ a = "completed" }',
    "1979-05-27T07:32:00Z",
    "0x7fffffffffffffff",
    '"\\u0000"',
    '"a && b || !(c == 1)"',
    '"../../etc"',
    "[[[[]]]]",
  ],
];

const line = fc.oneof(
  fc.tuple(fc.constantFrom(...keys), fc.constantFrom(...values)).map(([key, value]) => `${key} = ${value}`),
  fc.constantFrom(...tables).map((table) => `[${table}]`),
  fc.constantFrom('command = "true"', "# words", '"""', "'''", "= 1"),
  fc.string(),
);
const text = fc.array(line, { maxLength: 14 }).map((lines) => lines.join("\n"));

/** Runs it, and lets nothing through but an answer or an error that was meant for a person. */
function refusalOf(work: () => unknown): OvermindError | null {
  try {
    work();
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(OvermindError);
    return error as OvermindError;
  }
}

function readsBlueprint(given: string): void {
  const refusal = refusalOf(() => {
    const blueprint = parseBlueprint(given);
    planOf(blueprint, resolveParams(blueprint, {}));
  });
  if (refusal === null) return;
  expect(refusal.code).toMatch(/^(blueprint_invalid|invalid_argument)$/);
  expect(refusal.message.length).toBeGreaterThan(5);
}

function readsSettings(given: string): void {
  const refusal = refusalOf(() => settingsFrom(given, "config.toml"));
  if (refusal !== null) expect(refusal.message).toContain("config.toml");
}

describe("whatever a file says", () => {
  it("a blueprint is read, or refused in words with a place", () => {
    assertKept("blueprint", fc.property(text, readsBlueprint), { numRuns: 1500 });
  });

  it.each(casesOf<[string]>("blueprint"))("a blueprint is, in the kept case $name", ({ values }) => {
    readsBlueprint(...values);
  });

  it("settings are read, or refused in words", () => {
    assertKept("settings", fc.property(text, readsSettings), { numRuns: 1500 });
  });

  it.each(casesOf<[string]>("settings"))("settings are, in the kept case $name", ({ values }) => {
    readsSettings(...values);
  });
});
