import { fileShape } from "./format.ts";
import type { Keys, Shape } from "./shape.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The format as a JSON Schema (draft 7, which the TOML plug-ins of editors read). */
export function blueprintSchema(): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Overmind blueprint",
    description: "A team of agents: who they are, what they run, and who waits for whom.",
    ...schemaOf(fileShape),
  };
}

function schemaOf(shape: Shape): JsonSchema {
  switch (shape.is) {
    case "text":
      return { type: "string", ...(shape.pattern && { pattern: shape.pattern.source }) };
    case "flag":
      return { type: "boolean" };
    case "whole":
      return { type: "integer", ...range(shape) };
    case "number":
      return { type: "number", ...range(shape) };
    case "duration":
      return {
        anyOf: [
          { type: "number", minimum: 0 },
          { type: "string", pattern: "^(\\d+(\\.\\d+)?(ms|s|m|h|d|w))+$|^\\d+(\\.\\d+)?$" },
        ],
      };
    case "choice":
      return { enum: shape.of };
    case "list":
      return { type: "array", items: schemaOf(shape.of), ...counts(shape) };
    case "map":
      return { type: "object", propertyNames: { pattern: shape.names.source }, additionalProperties: schemaOf(shape.of) };
    case "table":
      return tableSchema(shape.keys);
    case "either":
      return { anyOf: shape.of.map(schemaOf) };
    case "any":
      return {};
  }
}

function tableSchema(keys: Keys): JsonSchema {
  const properties = Object.entries(keys).map(
    ([name, { shape, says }]) => [name, { description: says, ...schemaOf(shape) }] as const,
  );
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

const range = ({ least, most }: { readonly least?: number; readonly most?: number }): JsonSchema => ({
  ...(least !== undefined && { minimum: least }),
  ...(most !== undefined && { maximum: most }),
});

const counts = ({ least, most }: { readonly least?: number; readonly most?: number }): JsonSchema => ({
  ...(least !== undefined && { minItems: least }),
  ...(most !== undefined && { maxItems: most }),
});
