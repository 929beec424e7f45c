import { OvermindError } from "../base/errors.ts";
import type { Blueprint, Param } from "./blueprint.ts";
import { suggestion } from "./check-shape.ts";
import type { RawParam } from "./format.ts";

export type ParamValues = Readonly<Record<string, unknown>>;

/**
 * A `[params.NAME]` table.
 *
 * @param report takes what is wrong and the key of the table where it stands
 */
export function readParam(name: string, raw: RawParam, report: (message: string, key: keyof RawParam) => void): Param {
  const param: Param = {
    name,
    type: raw.type ?? "string",
    default: raw.default,
    isRequired: raw.required ?? raw.default === undefined,
    choices: raw.choices ?? null,
    description: raw.description ?? null,
  };
  if (raw.required === true && raw.default !== undefined)
    report(
      `params.${name} is \`required\` and has a \`default\`, so that it never has to be given: keep one of them`,
      "required",
    );
  const wrongChoice = param.choices?.find((choice) => !isOfType(choice, param.type));
  if (wrongChoice !== undefined)
    report(`params.${name}.choices holds ${JSON.stringify(wrongChoice)}, which is no ${param.type}`, "choices");
  // A choice of the wrong type makes no default wrong.
  const asked = wrongChoice === undefined ? param : { ...param, choices: null };
  const problem = raw.default === undefined ? null : problemOfValue(asked, raw.default);
  if (problem !== null) report(`params.${name}.default ${problem}`, "default");
  return param;
}

/**
 * The values of all params: those given, else the defaults; null for one that is neither given nor
 * required. Texts, as a command line gives them, are read as the param's type.
 *
 * @throws OvermindError invalid_argument naming the param
 */
export function resolveParams({ params }: Pick<Blueprint, "params">, given: ParamValues): ParamValues {
  for (const name of Object.keys(given))
    if (!params.has(name)) throw wrong(name, `there is no param \`${name}\`${suggestion(name, params.keys())}`);
  return Object.fromEntries([...params.values()].map((param) => [param.name, paramValue(param, given)]));
}

/**
 * Those values of a pipeline's params that somebody gave it, as far as the blueprint has these params now and `given`
 * does not hold them. A value that is the default it had is taken for none: then the default of now counts.
 */
export function keptParams(
  before: { readonly blueprint: Pick<Blueprint, "params">; readonly params: ParamValues },
  { params }: Pick<Blueprint, "params">,
  given: ParamValues,
): ParamValues {
  const kept = Object.entries(before.params).filter(([name, value]) => {
    if (value === null || Object.hasOwn(given, name) || !params.has(name)) return false;
    return JSON.stringify(before.blueprint.params.get(name)?.default) !== JSON.stringify(value);
  });
  return Object.fromEntries(kept);
}

function paramValue(param: Param, given: ParamValues): unknown {
  if (!Object.hasOwn(given, param.name)) {
    if (param.default === undefined && param.isRequired)
      throw wrong(param.name, `the param \`${param.name}\` is missing`, `Give it with: -p ${param.name}=VALUE`);
    return param.default ?? null;
  }
  const value = fromText(given[param.name], param.type);
  const problem = problemOfValue(param, value);
  if (problem !== null) throw wrong(param.name, `the param \`${param.name}\` ${problem}`);
  return value;
}

/** What a text means for a type; what cannot be read is left as it is. */
function fromText(value: unknown, type: Param["type"]): unknown {
  if (typeof value !== "string" || type === "string") return value;
  if (type === "boolean") return value === "true" ? true : value === "false" ? false : value;
  if (type === "list") return value.startsWith("[") ? fromJson(value) : value.split(",").map((word) => word.trim());
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? Number(value) : value;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function problemOfValue({ type, choices }: Param, value: unknown): string | null {
  if (!isOfType(value, type)) return `takes ${typesInWords[type]}, not ${JSON.stringify(value)}`;
  if (choices === null || choices.includes(value)) return null;
  const near = typeof value === "string" ? suggestion(value, choices.map(String)) : "";
  return `takes one of ${choices.join(", ")}, not ${JSON.stringify(value)}${near}`;
}

const typesInWords = { string: "text", integer: "a whole number", number: "a number", boolean: "true or false", list: "a list" };

function isOfType(value: unknown, type: Param["type"]): boolean {
  if (type === "integer") return Number.isSafeInteger(value);
  if (type === "list") return Array.isArray(value);
  return typeof value === type;
}

const wrong = (name: string, message: string, hint?: string): OvermindError =>
  new OvermindError("invalid_argument", message, { details: { field: `params.${name}` }, ...(hint !== undefined && { hint }) });
