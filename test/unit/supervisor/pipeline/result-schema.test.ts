import { describe, expect, it } from "vitest";
import { fitCheck } from "../../../../src/blueprint/fit-check.ts";
import { jsonIn } from "../../../../src/blueprint/values.ts";
import { checkSchemas } from "../../../../src/supervisor/pipeline/result-schema.ts";

const tasks = {
  type: "object",
  properties: {
    tasks: { type: "array", items: { type: "object", required: ["name"], properties: { name: { type: "string" } } } },
  },
  required: ["tasks"],
  additionalProperties: false,
};

describe("a result that has to fit a schema", () => {
  it.each([
    ["fits", { tasks: [{ name: "a" }] }, null],
    ["lacks a key", {}, "at its top: must have required property 'tasks'"],
    ["has one too many", { tasks: [], more: 1 }, "at its top: must NOT have additional properties: more"],
    ["is wrong deep inside", { tasks: [{ name: "a" }, { name: 3 }] }, "at /tasks/1/name: must be string"],
    ["is of another kind", [1], "at its top: must be object"],
  ])("%s", (_what, value, says) => {
    expect(fitCheck(tasks)(value)).toBe(says);
  });

  it.each(["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2019-09/schema", undefined])(
    "may be of the draft %s",
    ($schema) => {
      expect(fitCheck({ ...($schema && { $schema }), enum: ["a", "b"] })("c")).toBe(
        'at its top: must be equal to one of the allowed values: ["a","b"]',
      );
    },
  );

  it("takes formats and unknown words as remarks", () => {
    expect(fitCheck({ type: "string", format: "no-such", comment: 1 })("x")).toBeNull();
    expect(fitCheck(false)({})).toBe("nothing fits it");
  });

  it.each([
    ["an unknown type", { type: "text" }],
    ["a reference to elsewhere", { $ref: "https://example.invalid/other.json" }],
    ["a draft nobody knows", { $schema: "http://json-schema.org/draft-04/schema#" }],
    ["a list", []],
  ])("is refused naming the agent for %s", (_what, schema) => {
    expect(() => checkSchemas({ schemas: { plan: schema } })).toThrow(/^agents\.plan\.schema: .+/);
  });

  it("may be told in a fence of Markdown, and in nothing else", () => {
    for (const text of ['{"a":1}', ' {"a":1}\n', '```json\n{"a":1}\n```', '```\r\n{"a":1}\r\n```\n'])
      expect(jsonIn(text)).toEqual({ a: 1 });
    for (const text of ["", 'Here: {"a":1}', '```json\n{"a":1}\n``` done', "```"])
      expect(() => jsonIn(text)).toThrow(SyntaxError);
  });
});
