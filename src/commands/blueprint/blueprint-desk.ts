import { resolve } from "node:path";
import { parse } from "smol-toml";
import { asOvermindError, type ErrorCode, OvermindError } from "../../base/errors.ts";
import type { Agent } from "../../blueprint/blueprint.ts";
import { type Applied, type BlueprintDiff, diffOf } from "../../blueprint/diff.ts";
import { drawGraph, drawView, type GraphFormat, type GraphView, graphView, type Statuses } from "../../blueprint/draw-graph.ts";
import { diskFiles } from "../../blueprint/files.ts";
import { blueprintSchema, type JsonSchema } from "../../blueprint/json-schema.ts";
import { keptParams, type ParamValues, resolveParams } from "../../blueprint/params.ts";
import { type AgentView, agentViews, type PlanView, planOf } from "../../blueprint/plan.ts";
import { type Problem, problemsOf } from "../../blueprint/problems.ts";
import { readBlueprint } from "../../blueprint/read-blueprint.ts";
import { type Selection, selectAgents, type Wanted } from "../../blueprint/select.ts";
import { readEnvFile } from "../caller/env-file.ts";
import { agentTable, planText } from "./blueprint-text.ts";
import { changesText, diffText } from "./diff-text.ts";
import { unfitFor } from "./judge-agent.ts";
import { type MissingProgram, missingLines, missingPrograms } from "./missing-programs.ts";

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

const read = ({ path, shown }: FileName) => readBlueprint(path, shown, diskFiles, unfitFor);

/** How many agents a blueprint that holds has, and which of their programs are not on a PATH. */
export function countAgents(file: FileName, path = ""): Answer<{ agents: number; missing: readonly MissingProgram[] }> {
  return answer(() => {
    const { agents } = read(file);
    return { agents: agents.size, missing: path === "" ? [] : missingPrograms(agents.values(), path) };
  });
}

/** Which programs of the wanted part of a blueprint are not on a PATH. */
export const missingIn = (file: FileName, wanted: Wanted, path: string): Answer<readonly MissingProgram[]> =>
  answer(() => missingPrograms(selectAgents(read(file), wanted).blueprint.agents.values(), path));

export const listAgents = (file: FileName): Answer<readonly AgentView[]> => answer(() => agentViews(read(file)));

export const graphOf = (file: FileName): Answer<GraphView> => answer(() => graphView(read(file).agents));

export const drawing = (file: FileName, format: GraphFormat): Answer<string> =>
  answer(() => drawGraph(read(file).agents, format));

/** @param durationsMs what is expected of agents of a blueprint that bears this name */
export function plan(
  file: FileName,
  given: ParamValues,
  wanted: Wanted = {},
  durationsMs: (name: string) => ReadonlyMap<string, number> = () => new Map(),
): Answer<PlanView> {
  return answer(() => {
    const whole = read(file);
    const { blueprint, behind } = selectAgents(whole, wanted);
    return planOf(blueprint, resolveParams(whole, given), durationsMs(whole.name), behind);
  });
}

/** The wanted part of a blueprint that holds, with the values of its params and what the files beside it say. */
export function prepare(file: FileName, given: ParamValues, wanted: Wanted = {}): Answer<Applied & Selection> {
  return answer(() => {
    const whole = read(file);
    const selection = selectAgents(whole, wanted);
    const agents = [...selection.blueprint.agents.values()];
    const files = agents.map((agent) => [agent.name, readEnvFiles(agent)] as const);
    const schemas = agents.flatMap(({ name, schema: path }) => (path === null ? [] : [[name, readSchema(name, path)]]));
    const params = resolveParams(whole, given);
    return { ...selection, params, agentEnv: Object.fromEntries(files), schemas: Object.fromEntries(schemas) };
  });
}

function readEnvFiles({ name, envFiles }: Agent): Readonly<Record<string, string>> {
  try {
    return Object.assign({}, ...envFiles.map(readEnvFile)) as Record<string, string>;
  } catch (error) {
    throw new OvermindError("blueprint_invalid", `agents.${name}.env_file: ${(error as Error).message}`, {
      details: { agent: name },
    });
  }
}

function readSchema(agent: string, path: string): unknown {
  try {
    return JSON.parse(diskFiles.read(path));
  } catch (error) {
    throw new OvermindError("blueprint_invalid", `agents.${agent}.schema: ${(error as Error).message}`, { details: { agent } });
  }
}

/** The values of a pipeline's params that count for the file as it is now, where `given` does not say otherwise. */
export const paramsToKeep = (file: FileName, before: Applied, given: ParamValues): Answer<ParamValues> =>
  answer(() => keptParams(before, read(file), given));

/** The name that a pipeline of this blueprint has, when nobody names it. */
export const nameIn = (file: FileName): Answer<string> => answer(() => read(file).name);

/** The graph of agents that run, or ran. */
export const graphWith = (agents: ReadonlyMap<string, Agent>, states: Statuses): GraphView => graphView(agents, states);

export const differences = (before: Applied, after: Applied): BlueprintDiff => diffOf(before, after);

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

export { agentTable, changesText, diffText, drawView, missingLines, planText };

function answer<Value>(make: () => Value): Answer<Value> {
  try {
    return { value: make() };
  } catch (thrown) {
    const { code, message, hint, details } = asOvermindError(thrown);
    return { refusal: { code, message, hint, details, problems: problemsOf(thrown) } };
  }
}
