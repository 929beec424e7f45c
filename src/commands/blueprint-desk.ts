import { resolve } from "node:path";
import { parse } from "smol-toml";
import { asOvermindError, type ErrorCode } from "../base/errors.ts";
import type { Blueprint } from "../blueprint/blueprint.ts";
import { drawGraph, type GraphFormat, type GraphView, graphView } from "../blueprint/draw-graph.ts";
import { diskFiles } from "../blueprint/files.ts";
import { blueprintSchema, type JsonSchema } from "../blueprint/json-schema.ts";
import { type ParamValues, resolveParams } from "../blueprint/params.ts";
import { type AgentView, agentViews, type PlanView, planOf } from "../blueprint/plan.ts";
import { type Problem, problemsOf } from "../blueprint/problems.ts";
import { readBlueprint } from "../blueprint/read-blueprint.ts";
import { agentTable, planText } from "./blueprint-text.ts";

// Everything that commands ask of blueprints, behind one import that is made only when one is read:
// the command line keeps it in a file of its own. Errors come back as data, as a file that is
// bundled apart has a class OvermindError of its own, which nobody outside would know.

/** An OvermindError as data; `problems` of a blueprint that does not hold. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly problems: readonly Problem[];
}
export type Answer<Value> = { readonly value: Value } | { readonly refusal: Refusal };

/** A file, and how messages name it. */
export interface FileName {
  /** Absolute. */
  readonly path: string;
  readonly shown: string;
}

const read = ({ path, shown }: FileName) => readBlueprint(path, shown);

/** How many agents a blueprint that holds has. */
export const countAgents = (file: FileName): Answer<number> => answer(() => read(file).agents.size);

export const listAgents = (file: FileName): Answer<readonly AgentView[]> => answer(() => agentViews(read(file)));

export const graphOf = (file: FileName): Answer<GraphView> => answer(() => graphView(read(file).agents));

export const drawing = (file: FileName, format: GraphFormat): Answer<string> =>
  answer(() => drawGraph(read(file).agents, format));

export function plan(file: FileName, given: ParamValues): Answer<PlanView> {
  return answer(() => {
    const blueprint = read(file);
    return planOf(blueprint, resolveParams(blueprint, given));
  });
}

/** A blueprint that holds, with the values of its params. */
export function prepare(file: FileName, given: ParamValues): Answer<{ blueprint: Blueprint; params: ParamValues }> {
  return answer(() => {
    const blueprint = read(file);
    return { blueprint, params: resolveParams(blueprint, given) };
  });
}

export const schema = (): JsonSchema => blueprintSchema();

/** A file of params, TOML or JSON. The refusal's message names no file. */
export function paramsIn(file: string): Answer<ParamValues> {
  return answer(() => {
    const text = diskFiles.read(resolve(file));
    const table: unknown = file.endsWith(".json") ? JSON.parse(text) : parse(text);
    if (typeof table === "object" && table !== null && !Array.isArray(table)) return table as ParamValues;
    throw new Error("it holds no table");
  });
}

export { agentTable, planText };

function answer<Value>(make: () => Value): Answer<Value> {
  try {
    return { value: make() };
  } catch (thrown) {
    const { code, message, hint, details } = asOvermindError(thrown);
    return { refusal: { code, message, hint, details, problems: problemsOf(thrown) } };
  }
}
