import { type GenericIssue, type GenericSchema, getDotPath, type InferOutput, safeParse } from "valibot";
import { type ErrorCode, errorCodes, OvermindError } from "../base/errors.ts";

/**
 * Checks a request's `args` against a command's schema. A schema message that is a known error
 * code becomes that error; any other failure is invalid_argument and names the field.
 *
 * @throws OvermindError
 */
export function readParams<Schema extends GenericSchema>(schema: Schema, args: unknown): InferOutput<Schema> {
  const result = safeParse(schema, args, { abortEarly: true });
  if (result.success) return result.output;
  throw asError(result.issues[0] as GenericIssue);
}

function asError(issue: GenericIssue): OvermindError {
  const field = getDotPath(issue) ?? "args";
  if (Object.hasOwn(errorCodes, issue.message))
    return new OvermindError(issue.message as ErrorCode, undefined, { details: { field } });
  const expected = issue.expected ?? issue.message;
  // A message without "Invalid" in front is one of ours and says what is expected in words.
  const what = issue.message.startsWith("Invalid ") ? `expected ${expected}, got ${issue.received}` : issue.message;
  return new OvermindError("invalid_argument", `${field}: ${what}`, { details: { field, expected } });
}
