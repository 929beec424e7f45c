import { OvermindError } from "../../base/errors.ts";
import { fitCheck } from "../../blueprint/fit-check.ts";
import type { ApplyRequest } from "../daemon-context.ts";

/**
 * Refuses schemas that are none before anything of the pipeline is made.
 *
 * @throws OvermindError blueprint_invalid naming the agent
 */
export function checkSchemas({ schemas = {} }: Pick<ApplyRequest, "schemas">): void {
  for (const [agent, schema] of Object.entries(schemas)) {
    try {
      fitCheck(schema);
    } catch (error) {
      throw new OvermindError("blueprint_invalid", `agents.${agent}.schema: ${(error as Error).message}`, {
        details: { agent, key: "schema" },
        cause: error,
      });
    }
  }
}
