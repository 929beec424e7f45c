import { resolve } from "node:path";
import { OvermindError } from "../../base/errors.ts";
import type { ParamValues } from "../../blueprint/params.ts";
import type { CommandLineContext } from "../command-line-context.ts";
import { readPairs } from "../pairs.ts";
import { UsageError } from "../usage-error.ts";
import type { Answer, FileName, Refusal } from "./blueprint-desk.ts";

/** The file that is read when none is named. */
export const usualFile = "overmind.toml";

export const fileWord = { usage: "[FILE]", summary: `the blueprint; ${usualFile} here otherwise`, least: 0, most: 1 } as const;

export const paramFlags = {
  param: { kind: "list", short: "p", placeholder: "NAME=VALUE", summary: "the value of a param of the blueprint" },
  "params-file": { kind: "string", placeholder: "FILE", summary: "values of params as a TOML or JSON table; -p wins" },
} as const;

/** The file that a command line names. */
export const fileNamed = (word: string = usualFile): FileName => ({ path: resolve(word), shown: word });

/** The file that a request names. */
export const fileAt = (path: string): FileName => ({ path, shown: path });

/** The value, or its refusal as the error it was. */
export function valueOrThrow<Value>(answer: Answer<Value>): Value {
  if ("value" in answer) return answer.value;
  const { code, message, hint, details } = answer.refusal;
  throw new OvermindError(code, message, { ...(hint !== undefined && { hint }), ...(details !== undefined && { details }) });
}

/** Shows the value and answers 0, or shows every problem of the blueprint and answers 1. */
export async function showAnswer<Value>(
  context: CommandLineContext,
  answer: Answer<Value>,
  textOf: (value: Value) => string,
): Promise<number> {
  if ("refusal" in answer && answer.refusal.problems.length > 0) {
    for (const line of problemLines(answer.refusal)) context.screen.say(line);
    return 1;
  }
  await context.screen.line(textOf(valueOrThrow(answer)));
  return 0;
}

/** Every problem as a line of its own: `Error: FILE:LINE:COLUMN: …`; a file that is not there has no lines. */
export const problemLines = ({ problems, code }: Refusal): readonly string[] => {
  const missing = problems.find(({ message }) => message === "cannot be read: there is no such file");
  if (missing !== undefined) return [`Error: ${missing.file}: there is no such file (${code})`, hintFor(missing.file)];
  return problems.map(({ file, line, column, message }) => `Error: ${file}:${line}:${column}: ${message} (${code})`);
};

function hintFor(file: string): string {
  if (file === usualFile) return "Write a first one: overmind init";
  if (file === "-") return "Standard input is not read: write the blueprint to a file, and name that.";
  return `The blueprint's FILE comes first; without one it is ${usualFile} here.`;
}

/**
 * The params of a command line: those of the file, then those of `-p`.
 *
 * @throws UsageError
 */
export async function givenParams(flags: {
  readonly param: readonly string[];
  readonly "params-file": string | undefined;
}): Promise<ParamValues> {
  const file = flags["params-file"];
  return { ...(file === undefined ? {} : await paramsOfFile(file)), ...readPairs(flags.param, "-p") };
}

async function paramsOfFile(file: string): Promise<ParamValues> {
  const { paramsIn } = await import("./blueprint-desk.ts");
  const answer = paramsIn(file);
  if ("value" in answer) return answer.value;
  throw new UsageError(`--params-file ${file}: ${answer.refusal.message.split("\n")[0]}`);
}
