import { nearestWord } from "../base/nearest-word.ts";
import { type Reference, readReference, referenceRoots } from "./reference.ts";
import { type Verbatim, verbatimParts } from "./shell-quoting.ts";

/** A reference with the text it stands for, braces and all. */
export interface Placed {
  readonly reference: Reference;
  readonly shown: string;
}

/** Text with references in it. */
export interface Template {
  readonly text: string;
  readonly parts: readonly (string | Placed)[];
}

/** What is wrong at one place of a text: the `nth` time, from 0, that `shown` stands there. */
export interface Mistake {
  readonly message: string;
  readonly shown: string;
  readonly nth: number;
}

export interface TemplateReading {
  readonly template: Template;
  /** Its references in order. */
  readonly uses: readonly (Placed & { readonly nth: number })[];
  /** What looks like a reference without its braces, of which the shell would read the first word alone. */
  readonly bare: readonly (Placed & { readonly nth: number })[];
  /** Words of one that it has not, such as `${item}`, which the shell would read as a variable that nothing sets. */
  readonly strays: readonly (Placed & { readonly nth: number })[];
  readonly mistakes: readonly Mistake[];
}

/**
 * Finds the references of a text.
 *
 * `text`: every `${…}` must be one, `$${` stands for the characters `${`.
 * `shell`: only `${name.…}`, which no shell knows, and `own` words (`${item}`) are; everything else
 * is left to the shell. A reference where the shell expands nothing is a mistake.
 */
export function readTemplate(text: string, kind: "text" | "shell", own: readonly string[] = []): TemplateReading {
  const bare = kind === "shell" ? bareIn(text) : [];
  if (!text.includes("${")) return { template: { text, parts: [text] }, uses: [], bare, strays: [], mistakes: [] };
  const parts: (string | Placed)[] = [];
  const uses: (Placed & { nth: number })[] = [];
  const strays: (Placed & { nth: number })[] = [];
  const mistakes: Mistake[] = [];
  const partAt = kind === "shell" ? partsOf(text) : () => undefined;
  const timesSeen = new Map<string, number>();
  let end = 0;
  for (const { 0: shown, 1: inner, index } of text.matchAll(kind === "text" ? inText : inShell)) {
    const nth = timesSeen.get(shown) ?? 0;
    timesSeen.set(shown, nth + 1);
    const part = partAt(index);
    if (kind === "shell" && isLeftToShell(inner ?? "", own)) {
      const word = ownWords.find((one) => one === inner);
      const isStray = word !== undefined && part?.isScript !== false && !isSet(word, text);
      if (isStray) strays.push({ reference: word === "item" ? { of: word, path: [] } : { of: word }, shown, nth });
      continue;
    }
    if (part !== undefined && isLeftToProgram(inner ?? "")) continue;
    parts.push(text.slice(end, index));
    end = index + shown.length;
    const read = readOne(shown, inner, kind);
    if (read === "${") parts.push(read);
    else if (typeof read === "string") mistakes.push({ message: read, shown, nth });
    else if (part !== undefined && !part.isScript) mistakes.push({ message: unexpanded(shown, part), shown, nth });
    else {
      parts.push({ reference: read, shown });
      uses.push({ reference: read, shown, nth });
    }
  }
  parts.push(text.slice(end));
  return { template: { text, parts: parts.filter((part) => part !== "") }, uses, bare, strays, mistakes };
}

const withoutBraces = /(?<!\\)\$((?:agents|params|matrix)(?:\.[A-Za-z0-9_-]+)+)/g;

function bareIn(line: string): TemplateReading["bare"] {
  if (!/\$(?:agents|params|matrix)\./.test(line)) return [];
  const partAt = partsOf(line);
  const timesSeen = new Map<string, number>();
  return [...line.matchAll(withoutBraces)].flatMap(({ 0: shown, 1: inner = "", index }) => {
    const nth = timesSeen.get(shown) ?? 0;
    timesSeen.set(shown, nth + 1);
    const reference = readReference(inner.split("."), shown);
    return typeof reference === "string" || partAt(index)?.isScript === false ? [] : [{ reference, shown, nth }];
  });
}

const inText = /\$\$\{|\$\{([^}\n]*)\}?/g;
// An even number of backslashes stands for themselves.
const inShell = /\$(?<=(?:^|[^\\])(?:\\\\)*\$)\{([A-Za-z_]\w*(?:\.[^}\n]*)?)\}/g;

/** `${HOME}` is the shell's; `${a.b}` no shell knows. */
const isLeftToShell = (inner: string, own: readonly string[]): boolean => !inner.includes(".") && !own.includes(inner);

/** What an agent may have of its own, and a plain one has not. */
const ownWords = ["item", "index", "port"] as const;

/** Whether a line may give a variable of this name a value: it names it elsewhere, or runs words that are not to be seen. */
const isSet = (word: string, line: string): boolean =>
  new RegExp(`\\b${word}\\b`).test(line.replaceAll(`\${${word}}`, "")) || /(?:^|[\s;&|(])(?:\.|source|eval)\s/.test(line);

/** Answers which part of a shell line an offset lies in, asked from front to back. */
function partsOf(line: string): (offset: number) => Verbatim | undefined {
  const parts = verbatimParts(line);
  let next = 0;
  return (offset) => {
    while (next < parts.length && (parts[next] as Verbatim).to <= offset) next += 1;
    const part = parts[next];
    return part !== undefined && part.from <= offset ? part : undefined;
  };
}

/** Between single quotes `${a.b}` may be of another language, unless it says, or nearly says, a reference. */
const isLeftToProgram = (inner: string): boolean => {
  const [root = ""] = inner.split(".");
  return !(referenceRoots as readonly string[]).includes(root) && nearestWord(root, referenceRoots) === undefined;
};

const unexpanded = (shown: string, { by }: Verbatim): string =>
  by === "single_quotes"
    ? `\`${shown}\` stands between single quotes, where the shell expands nothing: put it between double quotes, or close the single ones around it, as in '"${shown}"'`
    : `\`${shown}\` stands in a here-document whose end word is quoted, where the shell expands nothing: write <<EOF, not <<'EOF'`;

function readOne(shown: string, inner: string | undefined, kind: "text" | "shell"): Reference | string {
  if (inner === undefined) return "${";
  if (!shown.endsWith("}")) return "a `${` is not closed: write `$${` for these characters";
  const read = readReference(inner.trim().split("."), `\`${shown}\``);
  if (kind === "text" && typeof read === "string" && !inner.includes("."))
    return `\`${shown}\` is no reference: write \`\${env.${inner}}\` for a variable, \`$${shown}\` for these characters`;
  return read;
}
