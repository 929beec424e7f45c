import { OvermindError } from "../../base/errors.ts";
import { runFlags } from "./run-flags.ts";

/** A refusal of the daemon, which names a field of the wire, with the flag of `run` that gave it: `--tty-size` for `tty_size`. */
export function flagNamed(error: OvermindError): OvermindError {
  const field = error.details?.["field"];
  if (error.code !== "invalid_argument" || typeof field !== "string" || !error.message.startsWith(`${field}: `)) return error;
  const flag = field.replaceAll("_", "-");
  // What a field counts is a part of its name on the wire alone.
  const name = [flag, flag.replace(/-(ms|seconds|bytes|usd)$/, "")].find((one) => Object.hasOwn(runFlags, one));
  if (name === undefined) return error;
  const { hint, details, cause } = error;
  const facts = { cause, ...(hint !== undefined && { hint }), ...(details !== undefined && { details }) };
  return new OvermindError(error.code, `--${name}${error.message.slice(field.length)}`, facts);
}
