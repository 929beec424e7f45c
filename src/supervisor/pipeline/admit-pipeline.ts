import { OvermindError } from "../../base/errors.ts";
import { defaultPolicy, type MissionSpec } from "../../mission/spec.ts";
import { type AdmissionDesk, admit } from "../admission.ts";
import type { ApplyRequest } from "../daemon-context.ts";
import { checkAgents } from "./check-agents.ts";
import { checkSchemas } from "./result-schema.ts";

// Its agents end each within its own grace: the pipeline itself is never cut short.
const graceMs = 365 * 86_400_000;

/**
 * What a request for a pipeline asks for, checked and completed. Nothing is made yet.
 *
 * @throws OvermindError blueprint_invalid, invalid_argument, name_taken, parent_not_found
 */
export function admitPipeline(request: ApplyRequest, desk: AdmissionDesk): MissionSpec {
  const { blueprint, parent, env } = request;
  checkAgents(blueprint);
  checkSchemas(request);
  const command = `apply ${blueprint.files[0] ?? blueprint.name}`;
  const name = request.name ?? freeName(blueprint.name, desk);
  const plain = { command, name, parent, env, labels: {}, type: "task", provider: "raw", cwd: "/" } as const;
  const spec = admit({ ...plain, keepLeftovers: false, stdin: "null", removeAfter: false }, desk);
  return { ...spec, type: "blueprint", policy: { ...defaultPolicy, graceMs, timeoutMs: blueprint.timeoutMs } };
}

/** The blueprint's name, numbered while another live mission bears it. */
function freeName(name: string, desk: AdmissionDesk): string {
  for (const candidate of pipelineNames(name)) if (!desk.isNameTaken(candidate)) return candidate;
  throw new OvermindError("name_taken", undefined, { details: { name }, hint: "Choose another one with --name." });
}

/** Names that a pipeline gets when nobody names it, the first that is free. */
export function* pipelineNames(name: string): Generator<string> {
  const most = 1000;
  for (let number = 1; number <= most; number += 1) {
    const tail = number === 1 ? "" : `-${number}`;
    yield `${name.slice(0, 63 - tail.length)}${tail}`;
  }
}
