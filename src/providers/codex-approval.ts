import { OvermindError } from "../base/errors.ts";
import type { Answer } from "./agent-reader.ts";
import { asObject, type JsonObject, listIn, textIn } from "./fields.ts";
import type { RpcRequest } from "./json-rpc.ts";
import type { AnswerOption, PendingRequest } from "./normalised-event.ts";

const decided = ["item/commandExecution/requestApproval", "item/fileChange/requestApproval"];

/** True for requests that are for a human; others are for a program, and none is here. */
export const isForHuman = (method: string): boolean => /requestApproval$|requestUserInput$|elicitation\/request$/.test(method);

export function approvalAsked(key: string, request: RpcRequest): PendingRequest {
  const { method, params } = request;
  return {
    request_id: key,
    kind: method.endsWith("requestApproval") ? "permission" : "question",
    tool: /^item\/(\w+)\/request/.exec(method)?.[1] ?? method,
    input: params,
    description: textIn(params, "reason") ?? textIn(params, "command"),
    options: decided.includes(method) ? decisionOptions(params) : [],
  };
}

/**
 * The JSON-RPC answer. Approvals of commands and changes have known words; for anything else the
 * answer must be given in the agent's own shape.
 *
 * @throws OvermindError `invalid_argument`
 */
export function approvalAnswer(request: RpcRequest, answer: Answer): JsonObject {
  const { id, method, params } = request;
  if (answer.input !== undefined && answer.input !== null) return { id, result: answer.input };
  if (decided.includes(method)) return { id, result: { decision: decisionOf(params, answer) } };
  if (answer.decision === "deny") return { id, error: { code: -32000, message: answer.message ?? "The user denied this." } };
  throw new OvermindError("invalid_argument", `the shape of an answer to ${method} is not known; give it as JSON with --input`);
}

function decisionOf(params: JsonObject, answer: Answer): unknown {
  if (answer.option === undefined || answer.option === null) return answer.decision === "allow" ? "accept" : "decline";
  const offered = listIn(params, "availableDecisions").find((one) => decisionId(one) === answer.option);
  if (offered !== undefined || answer.option === "accept" || answer.option === "decline") return offered ?? answer.option;
  throw new OvermindError("invalid_argument", `there is no option ${answer.option}`);
}

function decisionOptions(params: JsonObject): readonly AnswerOption[] {
  const offered = listIn(params, "availableDecisions").map((one) => decisionId(one));
  return [...new Set(["accept", "decline", ...offered])].map((id) => ({ id, label: id, kind: kinds.get(id) ?? null }));
}

const kinds: ReadonlyMap<string, string> = new Map([
  ["accept", "allow_once"],
  ["acceptForSession", "allow_always"],
  ["acceptWithExecpolicyAmendment", "allow_always"],
  ["decline", "reject_once"],
]);

function decisionId(decision: unknown): string {
  return typeof decision === "string" ? decision : (Object.keys(asObject(decision) ?? {})[0] ?? "");
}
