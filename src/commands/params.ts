import { type GenericIssue, type GenericSchema, getDotPath, type InferOutput, safeParse } from "valibot";
import { type ErrorCode, errorCodes, OvermindError } from "../base/errors.ts";

/**
 * Checks a request's `args` against a command's schema. A schema message that is a known error
 * code becomes that error; any other failure is invalid_argument and names the field.
 *
 * @throws OvermindError
 */
export function readParams<Schema extends GenericSchema>(schema: Schema, args: unknown): InferOutput<Schema> {
  const result = safeParse(schema, withoutNulls(args), { abortEarly: true });
  if (result.success) return result.output;
  throw asError(result.issues[0] as GenericIssue);
}

function asError(issue: GenericIssue): OvermindError {
  const field = getDotPath(issue) ?? "args";
  if (Object.hasOwn(errorCodes, issue.message))
    return new OvermindError(issue.message as ErrorCode, undefined, { details: { field } });
  const expected = issue.expected ?? issue.message;
  const isMissing = issue.received === "undefined";
  // A message without "Invalid" in front is one of ours and says what is expected in words. What
  // was received is not quoted: it may be an environment value.
  const what = isMissing ? "is required" : issue.message.startsWith("Invalid ") ? `expected ${expected}` : issue.message;
  return new OvermindError("invalid_argument", `${field}: ${what}`, { details: { field, expected } });
}

/** On the wire what is absent may be null. */
function withoutNulls(args: unknown): unknown {
  if (typeof args !== "object" || args === null || Array.isArray(args)) return args;
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}
