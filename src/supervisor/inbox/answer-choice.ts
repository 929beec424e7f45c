import { OvermindError } from "../../base/errors.ts";
import type { Answer } from "../../providers/agent-reader.ts";
import type { AnswerOption, PendingRequest } from "../../providers/normalised-event.ts";

/** What somebody answers to a request. */
export interface GivenAnswer {
  readonly decision: Answer["decision"];
  readonly message?: string | undefined;
  readonly input?: unknown;
  /** One of the request's options. */
  readonly option?: string | undefined;
  /** The option that answers the same from now on. */
  readonly always?: boolean | undefined;
}

/**
 * The answer as the agent gets it. An option is taken only where it is the one that was meant.
 *
 * @throws OvermindError invalid_argument
 */
export function chosenAnswer(request: PendingRequest, given: GivenAnswer): Answer {
  const { decision, input } = given;
  if (decision === "deny" && input !== undefined) throw refused("input", "goes with allow: what is denied gets no input");
  const option = given.always === true ? lastingOption(request, given) : namedOption(request, given);
  return { decision, option, message: given.message ?? null, ...(input === undefined ? {} : { input }) };
}

function namedOption({ options }: PendingRequest, { option, decision }: GivenAnswer): string | null {
  if (option === undefined) return null;
  const found = options.find(({ id }) => id === option);
  if (found === undefined) throw refused("option", `there is no option ${option}; ${optionsText(options)}`);
  if (found.kind !== null && !found.kind.startsWith(kindOf[decision]))
    throw refused("option", `${option} is no way to ${decision} this; ${optionsText(options)}`);
  return option;
}

function lastingOption({ options }: PendingRequest, { option, decision }: GivenAnswer): string {
  if (option !== undefined) throw refused("always", "give an option or always, not both");
  const lasting = options.filter(({ kind }) => kind === `${kindOf[decision]}_always`);
  const [only] = lasting;
  if (only !== undefined && lasting.length === 1) return only.id;
  const problem =
    only === undefined ? "the agent offers no such option" : "the agent offers more than one: name it as the option";
  throw refused("always", `${problem}; ${optionsText(options)}`);
}

const kindOf = { allow: "allow", deny: "reject" } as const;

const optionsText = (options: readonly AnswerOption[]): string =>
  options.length === 0
    ? "its options are not known"
    : `there is ${options.map(({ id, label }) => (label === id ? id : `${id} (${label})`)).join(", ")}`;

const refused = (field: string, problem: string): OvermindError =>
  new OvermindError("invalid_argument", `${field}: ${problem}`, { details: { field } });
