import { OvermindError } from "../base/errors.ts";
import type { Answer } from "./agent-reader.ts";
import { asObject, type JsonObject, objectIn, objectsIn, textIn } from "./fields.ts";
import type { PendingRequest } from "./normalised-event.ts";

/** What a `can_use_tool` asks. Its suggestions become options that allow from now on. */
export function permissionAsked(requestId: string, request: JsonObject): PendingRequest {
  const tool = textIn(request, "tool_name") ?? "unknown";
  return {
    request_id: requestId,
    kind: tool === "AskUserQuestion" ? "question" : "permission",
    tool,
    input: request["input"] ?? {},
    description: textIn(request, "description"),
    options: [
      { id: "allow", label: "Allow", kind: "allow_once" },
      { id: "deny", label: "Deny", kind: "reject_once" },
      ...objectsIn(request, "permission_suggestions").map((suggestion, index) => ({
        id: `suggestion-${index}`,
        label: suggestionLabel(suggestion),
        kind: "allow_always",
      })),
    ],
  };
}

/**
 * The `response` of the answer.
 *
 * @throws OvermindError `invalid_argument` for an option that was not offered
 */
export function permissionAnswer(asked: JsonObject, answer: Answer): JsonObject {
  if (answer.decision === "deny" || answer.option === "deny") {
    return { behavior: "deny", message: answer.message ?? "The user denied this." };
  }
  if (answer.input !== undefined && asObject(answer.input) === null)
    throw new OvermindError("invalid_argument", "input: must be an object, the whole input of the tool");
  const allowed = { behavior: "allow", updatedInput: answer.input ?? objectIn(asked, "input") };
  if (answer.option === undefined || answer.option === null || answer.option === "allow") return allowed;
  const index = /^suggestion-(\d+)$/.exec(answer.option)?.[1];
  const suggestion = index === undefined ? undefined : objectsIn(asked, "permission_suggestions")[Number(index)];
  if (suggestion === undefined) throw new OvermindError("invalid_argument", `there is no option ${answer.option}`);
  return { ...allowed, updatedPermissions: [suggestion] };
}

function suggestionLabel(suggestion: JsonObject): string {
  const rules = objectsIn(suggestion, "rules").map(
    (rule) => `${textIn(rule, "toolName")}(${textIn(rule, "ruleContent") ?? "*"})`,
  );
  const directories = Array.isArray(suggestion["directories"]) ? suggestion["directories"].map(String) : [];
  const what = [...rules, ...directories, textIn(suggestion, "mode") ?? ""].filter((word) => word !== "").join(" ");
  return `Allow from now on: ${textIn(suggestion, "type") ?? "rule"} ${what} (${textIn(suggestion, "destination") ?? "session"})`;
}
