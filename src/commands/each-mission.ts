import { asOvermindError } from "../base/errors.ts";
import type { Status } from "../protocol/mission.ts";
import { alreadyIn } from "./already.ts";
import { requester } from "./caller/requester.ts";
import type { CommandLineContext } from "./command-line-context.ts";
import { errorLines } from "./error-lines.ts";
import { idOf } from "./id-of.ts";
import { exitCodeOfError, firstFailure } from "./outcome/exit-code.ts";

export interface EachOptions {
  /** The verb on the wire. */
  readonly cmd: string;
  readonly args?: object;
  /** `Stopped`: what is printed before the mission's id or name. */
  readonly done: string;
  /** What is said of a mission that needed no change, for verbs that tell. */
  readonly already?: (reference: string, status: Status) => string;
  readonly json: boolean;
  /** Whether an answer's own fields are shown as JSON. */
  readonly tells?: boolean;
  /** Asked again when the daemon dies under it: for what may be asked twice. */
  readonly resend?: boolean;
}

/**
 * Asks the same of several missions at once. Each answer is printed in the order given; one that
 * fails does not keep the others. Answers the first failure's exit code.
 */
export async function eachMission(
  context: CommandLineContext,
  references: readonly string[],
  options: EachOptions,
): Promise<number> {
  const client = await context.connect();
  const ids = options.json ? await Promise.all(references.map((one) => idOf(client, one))) : references;
  const endWaiting = context.screen.waiting(`${options.cmd} ${references.join(" ")}`);
  const told = options.already && { told: true };
  const asked = references.map((id) =>
    client
      .request(options.cmd, { by: requester(context), ...told, ...options.args, id }, { resend: options.resend === true })
      .then(
        (answer) => ({ answer, error: null }),
        (thrown: unknown) => ({ answer: null, error: asOvermindError(thrown) }),
      ),
  );
  const codes: number[] = [];
  for (const [index, reference] of references.entries()) {
    const { answer = null, error = null } = (await asked[index]) ?? {};
    if (index === references.length - 1) endWaiting();
    codes.push(error ? exitCodeOfError(error.code) : 0);
    if (error) context.screen.say(errorLines(error));
    const already = alreadyIn(answer);
    if (options.json)
      await context.screen.line(
        JSON.stringify(
          error
            ? { id: ids[index], error: error.message, code: error.code }
            : { id: ids[index], ok: true, ...(options.tells === true ? (answer as object) : already !== null && { already }) },
        ),
      );
    else if (!error)
      await context.screen.line(
        already === null ? `${options.done} ${reference}` : (options.already?.(reference, already) ?? ""),
      );
  }
  return firstFailure(codes);
}

/** What `stop` and its like say of a mission that had ended before. */
export const endedBefore = (reference: string, status: Status): string => `${reference} had already ended (${status})`;
