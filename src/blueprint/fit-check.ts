import { createRequire } from "node:module";
import type { Ajv, ErrorObject, Options, ValidateFunction } from "ajv";

const longestMessage = 500;

// Hardly anybody asks for it, and it takes 30 ms to load: not before a schema is there.
const load = createRequire(import.meta.url);

/** Whether JSON fits a schema: null, or where and why it does not. */
export type FitCheck = (value: unknown) => string | null;

/**
 * Makes a check of a JSON Schema; where it names no draft it is one of 2020-12.
 *
 * @throws Error saying what is wrong with the schema; it may refer to nothing outside of itself
 */
export function fitCheck(schema: unknown): FitCheck {
  if (typeof schema === "boolean") return (value) => (schema || value === undefined ? null : "nothing fits it");
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) throw new Error("a JSON Schema is an object");
  const validate: ValidateFunction = validatorFor(schema as { $schema?: unknown }).compile(schema);
  return (value) => (validate(value) ? null : misfit(validate.errors?.[0]));
}

function validatorFor({ $schema }: { readonly $schema?: unknown }): Ajv {
  const draft = String($schema ?? "");
  const from = draft.includes("draft-07") ? "ajv" : draft.includes("2019-09") ? "ajv/dist/2019.js" : "ajv/dist/2020.js";
  const { default: Validator } = load(from) as { default: new (options: Options) => Ajv };
  // Words that it does not know are no mistake of the schema, and `format` is a remark, as the standard has it.
  return new Validator({ strict: false, validateFormats: false, logger: false });
}

function misfit(error: ErrorObject | undefined): string {
  const { instancePath = "", message = "does not fit", params = {} } = error ?? {};
  const detail = Object.values(params as Record<string, unknown>).find((value) => value !== undefined);
  const isSaid = detail === undefined || message.includes(String(detail));
  const words = isSaid ? message : `${message}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`;
  return `at ${instancePath === "" ? "its top" : instancePath}: ${words}`.slice(0, longestMessage);
}
