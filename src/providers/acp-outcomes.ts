import type { PermissionOption, RequestPermissionOutcome, RequestPermissionRequest, StopReason } from "@agentclientprotocol/sdk";
import type { PromptResponse } from "@agentclientprotocol/sdk/unstable";
import { OvermindError } from "../base/errors.ts";
import { protocolVersion, type Told } from "./acp-protocol.ts";
import type { Answer } from "./agent-reader.ts";
import { errorFromMessage } from "./error-signs.ts";
import { asObject, numberIn, objectsIn, textIn } from "./fields.ts";
import type { RpcError } from "./json-rpc.ts";
import type { AgentError, TurnOutcome } from "./normalised-event.ts";

/**
 * `end_turn` with a `usage` of null is how one adapter hides an error of the model: the text is then
 * the error's message.
 */
export function acpTurnOutcome(result: Told<PromptResponse>, text: string): TurnOutcome {
  const reason: StopReason | (string & {}) = textIn(result, "stopReason") ?? "unknown";
  const hidden = result.usage === null;
  if (reason === "end_turn" && !hidden) return { kind: "completed", error: null };
  if (reason === "end_turn") return { kind: "failed", error: errorFromMessage(text || "the agent ended its turn without usage") };
  const error: AgentError = { status: null, type: reason, message: `the turn ended: ${reason}`, confidence: "structured" };
  if (reason === "cancelled") return { kind: "interrupted", error };
  if (reason === "refusal") return { kind: "refused", error };
  return { kind: reason.startsWith("max_") ? "budget" : "failed", error };
}

/** Some agents give the HTTP status as the code, others tell of it in `data` or in the message. */
export function acpError(error: RpcError): AgentError {
  const data = asObject(error.data) ?? {};
  const details = textIn(data, "details");
  const message = details === null ? error.message : `${error.message}: ${details}`;
  if (error.code !== null && error.code >= 400 && error.code < 600)
    return { status: error.code, type: null, message, confidence: "structured" };
  const status = numberIn(data, "statusCode") ?? numberIn(data, "status");
  return status === null ? errorFromMessage(message) : { status, type: null, message, confidence: "structured" };
}

/** The agent wants its user to log in first. Which of its ways is a human's to choose: some open a browser. */
export function authError(error: RpcError, methods: readonly string[]): AgentError {
  const { message } = acpError(error);
  const ways = methods.length === 0 ? "" : `; the agent offers: ${methods.join(", ")}`;
  return { status: null, type: "auth_required", message: message + ways, confidence: "structured" };
}

export function otherVersionError(spoken: number): AgentError {
  const message = `the agent speaks version ${spoken} of the protocol; Overmind speaks version ${protocolVersion}`;
  return { status: null, type: "protocol_version", message, confidence: "structured" };
}

/**
 * The outcome that answers a permission request.
 *
 * @throws OvermindError `invalid_argument` when the agent offers no such answer
 */
export function acpAnswer(params: Told<RequestPermissionRequest>, answer: Answer): RequestPermissionOutcome {
  if (answer.input !== undefined && answer.input !== null)
    throw new OvermindError("invalid_argument", "input: this agent takes no other input for its tool, only one of its options");
  const options: readonly Told<PermissionOption>[] = objectsIn(params, "options");
  const wanted = answer.decision === "allow" ? ["allow_once", "allow_always"] : ["reject_once", "reject_always"];
  const byKind = wanted.map((kind) => options.find((one) => textIn(one, "kind") === kind)).find((one) => one !== undefined);
  const given = answer.option ?? null;
  const chosen = given === null ? byKind : options.find((one) => textIn(one, "optionId") === given);
  const optionId = chosen === undefined ? null : textIn(chosen, "optionId");
  if (optionId !== null) return { outcome: "selected", optionId };
  if (given === null && answer.decision === "deny") return { outcome: "cancelled" };
  throw new OvermindError(
    "invalid_argument",
    given === null ? "the agent offers no way to allow this" : `there is no option ${given}`,
  );
}
