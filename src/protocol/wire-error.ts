import { type ErrorCode, OvermindError } from "../base/errors.ts";

/** An error as it leaves the daemon: in a reply, or on its way up. `hint` says what a person can do. */
export interface WireError {
  readonly error: string;
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export const wireError = ({ message, code, hint, details }: OvermindError): WireError => ({
  error: message,
  code,
  ...(hint === undefined ? {} : { hint }),
  ...(details === undefined ? {} : { details }),
});

/** The error that the daemon met; a daemon of another version may leave out what this one would say. */
export const errorFromWire = ({ error, code, hint, details }: Partial<WireError>): OvermindError =>
  new OvermindError(code ?? "internal", error ?? "the daemon failed", {
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  });
