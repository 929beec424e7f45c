import { errorCodes, type OvermindError } from "../base/errors.ts";

export const notRunningMessage = "Daemon not running. Start with: overmind start";

/** An error as stderr shows it: `Error: <what> (<code>)`, then what to do, where there is something. */
export function errorLines(error: OvermindError): string {
  if (error.message === notRunningMessage) return notRunningMessage;
  const first = `Error: ${explained(error).replaceAll("\n", " ")} (${error.code})`;
  return error.hint === undefined ? first : `${first}\n${error.hint}`;
}

/** For the codes whose text equals the code a person gets the code's meaning instead. */
function explained(error: OvermindError): string {
  if (error.message !== error.code) return error.message;
  const told = error.details?.["message"];
  return typeof told === "string" && told !== error.code ? told : errorCodes[error.code];
}
