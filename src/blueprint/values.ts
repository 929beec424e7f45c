import { OvermindError } from "../base/errors.ts";
import type { ParamValues } from "./params.ts";
import type { Reference } from "./reference.ts";

/** What an agent left behind for those after it. */
export interface Outcome {
  readonly status: "completed" | "failed" | "skipped";
  readonly exitCode: number | null;
  /** Its final text; null when there is none. */
  readonly result: string | null;
  readonly outputTail: string;
  /** A file that holds the result, however long it is. */
  readonly resultFile: string | null;
  /** The loopback port it was given, from its start on; absent where it has none. */
  readonly port?: number | null;
}

/** Everything that references stand for when one process of an agent starts. */
export interface Values {
  readonly params: ParamValues;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly blueprintDir: string;
  readonly runId: string;
  /** Of a fan-out: one outcome for each of it, gathered as a list. */
  readonly agents: { get(agent: string): Outcome | readonly Outcome[] | undefined };
  readonly matrix?: Readonly<Record<string, unknown>>;
  readonly item?: unknown;
  /** From 1. */
  readonly index?: number;
  readonly port?: number;
}

/**
 * What a reference stands for, as data; null where there is nothing (an agent that was skipped, an
 * unset variable, a path that leads nowhere).
 *
 * @throws OvermindError invalid_argument when `.json` is asked of a result that is none
 */
export function lookUp(reference: Reference, values: Values): unknown {
  switch (reference.of) {
    case "agent":
      return ofAgent(reference, values.agents.get(reference.agent));
    case "param":
      return own(values.params, reference.name);
    case "env":
      return own(values.env, reference.name);
    case "matrix":
      return own(values.matrix ?? {}, reference.name);
    case "item":
      return follow(values.item, reference.path);
    case "blueprint_dir":
      return values.blueprintDir;
    case "run_id":
      return values.runId;
    case "index":
      return values.index ?? null;
    case "port":
      return values.port ?? null;
  }
}

/** Data as it is put into text: texts as they are, nothing as nothing, the rest as JSON. */
export function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * A result as JSON. Agents like to put it into a fence of Markdown: that is no part of it.
 *
 * @throws SyntaxError
 */
export function jsonIn(text: string): unknown {
  const [, fenced] = /^\s*```(?:json)?[ \t]*\r?\n([\s\S]*?)\r?\n?```\s*$/.exec(text) ?? [];
  return JSON.parse(fenced ?? text);
}

/** A result as a list of what its lines say; blank ones say nothing. */
const linesIn = (text: string): readonly string[] => text.split(/\r?\n/).filter((line) => line.trim() !== "");

type AgentReference = Reference & { readonly of: "agent" };

function ofAgent(reference: AgentReference, outcome: Outcome | readonly Outcome[] | undefined): unknown {
  if (outcome === undefined) return null;
  if (!isMany(outcome)) return ofOne(reference, outcome);
  const each = outcome.map((one) => ofOne({ ...reference, path: [] }, one));
  return follow(each, reference.path);
}

const isMany = (outcome: Outcome | readonly Outcome[]): outcome is readonly Outcome[] => Array.isArray(outcome);

function ofOne({ agent, field, path }: AgentReference, outcome: Outcome): unknown {
  switch (field) {
    case "result":
      return outcome.result;
    case "json":
      return outcome.result === null ? null : follow(parsed(outcome.result, agent), path);
    case "lines":
      return outcome.result === null ? null : linesIn(outcome.result);
    case "exit_code":
      return outcome.exitCode;
    case "output_tail":
      return outcome.outputTail;
    case "result_file":
      return outcome.resultFile;
    case "status":
      return outcome.status;
    case "port":
      return outcome.port ?? null;
  }
}

function parsed(text: string, agent: string): unknown {
  try {
    return jsonIn(text);
  } catch (error) {
    throw new OvermindError("invalid_argument", `the result of agent '${agent}' is no JSON: ${(error as Error).message}`, {
      details: { agent },
      hint: `With expects = "json" in agents.${agent} such a result is a failure of that agent.`,
      cause: error,
    });
  }
}

const follow = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? own(at, key) : null), value) ?? null;

/** Only what the data itself holds: `constructor` is no field of a result. */
const own = (table: object, key: string): unknown =>
  Object.hasOwn(table, key) ? (table as Readonly<Record<string, unknown>>)[key] : null;
