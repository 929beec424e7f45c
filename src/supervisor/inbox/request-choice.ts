import { OvermindError } from "../../base/errors.ts";
import type { PendingRequest } from "../../providers/normalised-event.ts";
import { whatOf } from "./shown-request.ts";

/** What is known of an answer that was given. */
export interface Answered {
  readonly request: string;
  readonly tool: string;
  readonly decision: "allow" | "deny";
  readonly by: string;
}

/**
 * The request that is meant: by its id or a beginning of it, or the only one.
 *
 * @throws OvermindError not_found, invalid_argument
 */
export function chosenRequest(
  mission: string,
  reference: string | null,
  open: readonly PendingRequest[],
  answered: readonly Answered[],
): PendingRequest {
  const exact = open.find(({ request_id }) => request_id === reference);
  if (exact !== undefined) return exact;
  const meant = reference === null ? open : open.filter(({ request_id }) => request_id.startsWith(reference));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return only;
  if (meant.length === 0) throw answeredAlready(mission, reference, answered);
  const shown = meant.map((request) => `${request.request_id} (${request.tool}: ${whatOf(request)})`).join(", ");
  throw new OvermindError("invalid_argument", `request: ${mission} asks ${meant.length} things; name one of ${shown}`, {
    details: { field: "request", pending: meant.map(({ request_id, tool, input }) => ({ request_id, tool, input })) },
  });
}

/** Nothing is open under that reference: the error tells whether somebody was quicker. */
export function answeredAlready(mission: string, reference: string | null, answered: readonly Answered[]): OvermindError {
  const known = answered.findLast(({ request }) => reference === null || request.startsWith(reference));
  if (known === undefined) {
    const what = reference === null ? "anything" : `anything under ${reference}`;
    return new OvermindError("not_found", `${mission} does not ask ${what} now`, {
      details: { mission, request: reference },
      hint: "What waits for an answer: overmind inbox",
    });
  }
  const { request, tool, decision, by } = known;
  return new OvermindError("not_found", `${tool} of ${mission} was answered already: ${decision}, by ${by}`, {
    details: { mission, request, decision, by },
  });
}
