import { OvermindError } from "../../base/errors.ts";
import type { AttachWay } from "../../supervisor/terminal-desk.ts";

/**
 * Hands a session's conversation over to the agent's own interface.
 *
 * @throws OvermindError invalid_argument: no agent's conversation can be taken over yet
 */
export async function takeOver({ name, provider }: AttachWay & { kind: "conversation" }): Promise<number> {
  throw new OvermindError("invalid_argument", `a conversation with ${provider} cannot be taken over yet`, {
    details: { field: "id", provider },
    hint: `To talk with it: overmind send --wait ${name} MESSAGE`,
  });
}
