import { OvermindError } from "../base/errors.ts";
import { cutToWidth } from "../base/text-width.ts";
import type { Agent, Work } from "./blueprint.ts";
import { pathText } from "./check-shape.ts";
import type { Reference } from "./reference.ts";
import type { Placed, Template } from "./template.ts";
import { asText, lookUp, type Values } from "./values.ts";

/** A shell line and the variables that it expands. */
export interface ResolvedLine {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What one process of an agent is started with. */
export interface ResolvedWork {
  readonly command?: string;
  readonly argv?: readonly string[];
  readonly prompt?: string;
  /** The agent's own variables and those that stand for references in its command. */
  readonly env: Readonly<Record<string, string>>;
}

// MAX_ARG_STRLEN of execve(2): 131072 bytes with the final NUL, for one argument or variable.
const longestWord = 131_071;

const ownRoots: ReadonlySet<Reference["of"]> = new Set(["item", "index", "matrix", "port"] as const);
// Columns of a terminal that one value takes at most: an item may be a page of JSON.
const longestShown = 80;

/**
 * Puts values for references. In a shell line a value never becomes text of the shell: a variable
 * stands for it. Everywhere else it is put in whole.
 *
 * @throws OvermindError invalid_argument when a value is too long for the system, or no JSON
 */
export function resolveWork({ name, work, env }: Agent, values: Values): ResolvedWork {
  const own = Object.fromEntries([...env].map(([key, template]) => [key, checked(fill(template, values), name, ["env", key])]));
  const { command, env: stands, ...rest } = resolved(work, name, values);
  return { ...rest, ...(command !== undefined && { command }), env: { ...own, ...stands } };
}

/** A shell line of an agent (`verify`, `ready.command`), as `resolveWork` does with `command`. */
export function resolveLine(line: Template, agent: string, values: Values): ResolvedLine {
  const names = new Map<string, string>();
  const env: Record<string, string> = {};
  const variable = ({ reference, shown }: Placed): string => {
    const known = names.get(shown);
    if (known !== undefined) return known;
    const made = `OVERMIND_REF_${names.size + 1}`;
    names.set(shown, made);
    env[made] = checked(asText(lookUp(reference, values)), agent, [], shown);
    return made;
  };
  const command = line.parts.map((part) => (typeof part === "string" ? part : `\${${variable(part)}}`)).join("");
  return { command, env };
}

/**
 * How a shell line of one process is shown to people: in its author's words, but with what tells this
 * process from the others of its agent. All other references stay as they are written: what they stand
 * for may be secret, or long.
 */
export function shownLine({ text, parts }: Template, values: Values): string {
  const shown = parts
    .map((part) => {
      if (typeof part === "string") return part;
      return ownRoots.has(part.reference.of) ? cutToWidth(asText(lookUp(part.reference, values)), longestShown) : part.shown;
    })
    .join("");
  return shown.trim() === "" ? text : shown;
}

/** A text with every reference replaced by its value. */
export function fill({ parts }: Template, values: Values): string {
  return parts.map((part) => (typeof part === "string" ? part : asText(lookUp(part.reference, values)))).join("");
}

/**
 * The items of a `foreach`.
 *
 * @throws OvermindError invalid_argument when the reference leads to no list, or to too long a one
 */
export function resolveItems(agent: Agent, values: Values, most: number): readonly unknown[] {
  if (agent.fanOut?.is !== "foreach") return [];
  const { items } = agent.fanOut;
  const list = "parts" in items ? listAt(items, values) : items;
  const where = { details: { agent: agent.name } };
  if (!Array.isArray(list))
    throw new OvermindError("invalid_argument", `agents.${agent.name}.foreach: ${(items as Template).text} is no list`, {
      ...where,
      hint: "A result is a text: `.json` reads it as JSON, `.lines` as a list of its lines.",
    });
  if (list.length > most)
    throw new OvermindError(
      "invalid_argument",
      `agents.${agent.name}.foreach has ${list.length} items; at most ${most} are allowed`,
      where,
    );
  return list;
}

function listAt({ parts: [only] }: Template, values: Values): unknown {
  return typeof only === "object" ? lookUp(only.reference, values) : null;
}

function resolved(work: Work, agent: string, values: Values): ResolvedWork {
  switch (work.is) {
    case "command":
      return resolveLine(work.line, agent, values);
    case "argv":
      return { argv: work.words.map((word, index) => checked(fill(word, values), agent, ["argv", index])), env: {} };
    case "prompt":
      // A prompt goes by standard input or a protocol: it may be of any length.
      return { prompt: fill(work.text, values), ...programOf(work.program, agent, values), env: {} };
    case "nothing":
      return { env: {} };
  }
}

function programOf(program: readonly Template[], agent: string, values: Values): { argv?: readonly string[] } {
  if (program.length === 0) return {};
  return { argv: program.map((word, index) => checked(fill(word, values), agent, ["argv", index])) };
}

function checked(text: string, agent: string, path: readonly (string | number)[], shown?: string): string {
  const where = shown === undefined ? pathText(["agents", agent, ...path]) : `agents.${agent}: \`${shown}\``;
  const bytes = Buffer.byteLength(text);
  if (bytes > longestWord) {
    throw new OvermindError(
      "invalid_argument",
      `${where} has ${bytes} bytes; the system allows ${longestWord} in one variable or argument`,
      {
        details: { agent, bytes, limit: longestWord },
        hint: "Use .result_file, which names a file that holds the whole result.",
      },
    );
  }
  if (text.includes("\0")) throw new OvermindError("invalid_argument", `${where} holds a NUL byte`, { details: { agent } });
  return text;
}
