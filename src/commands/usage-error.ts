import { type ErrorCode, OvermindError } from "../base/errors.ts";

/** The command line was not understood: exit code 2. Never crosses the wire. */
export class UsageError extends OvermindError {
  constructor(message: string, hint?: string, code: ErrorCode = "invalid_argument") {
    super(code, message, hint === undefined ? {} : { hint });
  }
}
