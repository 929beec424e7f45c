import { suggestion } from "./check-shape.ts";

/** What a `${…}`, or a name in `when`, stands for. */
export type Reference =
  | { readonly of: "agent"; readonly agent: string; readonly field: AgentField; readonly path: readonly string[] }
  | { readonly of: "param" | "env" | "matrix"; readonly name: string }
  | { readonly of: "item"; readonly path: readonly string[] }
  | { readonly of: "blueprint_dir" | "run_id" | "index" | "port" };

export const agentFields = ["result", "json", "lines", "exit_code", "output_tail", "result_file", "status", "port"] as const;
export type AgentField = (typeof agentFields)[number];

/** What every reference begins with one of. */
export const referenceRoots = ["agents", "params", "env", "matrix", "item", "blueprint", "run", "index", "port"];

/**
 * The words between the dots as a reference, or what is wrong with them.
 *
 * @param shown how the author wrote it, for the message
 */
export function readReference(words: readonly string[], shown: string): Reference | string {
  const [root = "", first, ...rest] = words;
  if (words.some((word) => word === "")) return `${shown} is no reference: a name is missing`;
  switch (root) {
    case "agents":
      return agentReference(first, rest, shown);
    case "params":
    case "matrix":
    case "env":
      if (first === undefined || rest.length > 0) return `${shown} is no reference: write ${root}.NAME`;
      return { of: root === "params" ? "param" : root, name: first };
    case "item":
      return { of: "item", path: words.slice(1) };
    case "blueprint":
      return first === "dir" && rest.length === 0 ? { of: "blueprint_dir" } : `${shown} is no reference: there is blueprint.dir`;
    case "run":
      return first === "id" && rest.length === 0 ? { of: "run_id" } : `${shown} is no reference: there is run.id`;
    case "index":
    case "port":
      return first === undefined ? { of: root } : `${shown} is no reference: ${root} stands alone`;
    default:
      return `unknown reference ${shown}${suggestion(root, referenceRoots)}`;
  }
}

function agentReference(agent: string | undefined, [field, ...path]: readonly string[], shown: string): Reference | string {
  if (agent === undefined || field === undefined)
    return `${shown} is no reference: write agents.NAME.result, .json.PATH, .lines, .exit_code, .output_tail, .result_file, .status or .port`;
  if (!(agentFields as readonly string[]).includes(field))
    return `unknown field \`${field}\` in ${shown}${suggestion(field, agentFields)}`;
  if (path.length > 0 && field !== "json")
    return `${shown} is no reference: only .json goes deeper; write agents.${agent}.json.${path.join(".")}`;
  return { of: "agent", agent, field: field as AgentField, path };
}
