import { constants } from "node:os";
import { OvermindError } from "./errors.ts";

const numbers: Readonly<Record<string, number>> = constants.signals;

/**
 * Reads a signal as `TERM`, `SIGTERM`, `sigterm` or `15` and answers its full name.
 *
 * @throws OvermindError invalid_argument naming `field`
 */
export function signalName(text: string, field: string): NodeJS.Signals {
  const upper = text.trim().toUpperCase();
  const name = /^\d+$/.test(upper) ? nameOf(Number(upper)) : upper.startsWith("SIG") ? upper : `SIG${upper}`;
  if (name === undefined || numbers[name] === undefined) {
    throw new OvermindError("invalid_argument", `${field} takes a signal such as TERM, SIGINT or 15, not '${text}'`, {
      details: { field, expected: "signal" },
    });
  }
  return name as NodeJS.Signals;
}

// SIGPOLL and SIGIOT are second names of SIGIO and SIGABRT.
const nameOf = (number: number): string | undefined =>
  Object.keys(numbers).find((name) => numbers[name] === number && name !== "SIGPOLL" && name !== "SIGIOT");
