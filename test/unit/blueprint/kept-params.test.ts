import { expect, it } from "vitest";
import type { Param } from "../../../src/blueprint/blueprint.ts";
import { keptParams } from "../../../src/blueprint/params.ts";

const declared = (defaults: Readonly<Record<string, unknown>>): { params: ReadonlyMap<string, Param> } => ({
  params: new Map(
    Object.entries(defaults).map(([name, value]) => [
      name,
      {
        name,
        type: "string",
        default: value as string | undefined,
        isRequired: value === undefined,
        choices: null,
        description: null,
      },
    ]),
  ),
});

// biome-ignore format: a table
it.each<[what: string, was: object, values: Record<string, unknown>, now: object, given: Record<string, unknown>, kept: object]>([
  ["a value without a default is kept", { topic: undefined }, { topic: "bees" }, { topic: undefined }, {}, { topic: "bees" }],
  ["what is given now wins", { topic: undefined }, { topic: "bees" }, { topic: undefined }, { topic: "ants" }, {}],
  ["a value other than the default is kept", { depth: "1" }, { depth: "3" }, { depth: "1" }, {}, { depth: "3" }],
  ["one that was the default gives way to the default of now", { depth: "1" }, { depth: "1" }, { depth: "2" }, {}, {}],
  ["one that the file has no more is dropped", { old: undefined }, { old: "x" }, {}, {}, {}],
  ["one that was not given and had no default is not kept", { note: undefined }, { note: null }, { note: undefined }, {}, {}],
  ["lists are compared by what they hold", { hosts: ["a"] }, { hosts: ["a"] }, { hosts: ["b"] }, {}, {}],
])("%s", (_, was, values, now, given, kept) => {
  const before = { blueprint: declared(was as Record<string, unknown>), params: values };
  expect(keptParams(before, declared(now as Record<string, unknown>), given)).toEqual(kept);
});
