import { type Reference, readReference } from "./reference.ts";

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

export interface TemplateReading {
  readonly template: Template;
  readonly mistakes: readonly { readonly message: string; readonly shown: string }[];
}

/**
 * Finds the references of a text.
 *
 * `text`: every `${…}` must be one, `$${` stands for the characters `${`.
 * `shell`: only `${name.…}`, which no shell knows, and `own` words (`${item}`) are; everything else
 * is left to the shell.
 */
export function readTemplate(text: string, kind: "text" | "shell", own: readonly string[] = []): TemplateReading {
  if (!text.includes("${")) return { template: { text, parts: [text] }, mistakes: [] };
  const parts: (string | Placed)[] = [];
  const mistakes: { message: string; shown: string }[] = [];
  let end = 0;
  for (const found of text.matchAll(kind === "text" ? inText : inShell)) {
    const [shown, inner] = found;
    if (kind === "shell" && isLeftToShell(inner ?? "", own)) continue;
    parts.push(text.slice(end, found.index));
    end = found.index + shown.length;
    const read = readOne(shown, inner, kind);
    if (typeof read === "string" && read !== "${") mistakes.push({ message: read, shown });
    else parts.push(typeof read === "string" ? read : { reference: read, shown });
  }
  parts.push(text.slice(end));
  return { template: { text, parts: parts.filter((part) => part !== "") }, mistakes };
}

/** The references of a template, each as often as it stands there. */
export const referencesIn = ({ parts }: Template): readonly Placed[] => parts.filter((part) => typeof part !== "string");

const inText = /\$\$\{|\$\{([^}\n]*)\}?/g;
const inShell = /(?<!\\)\$\{([A-Za-z_]\w*(?:\.[^}\n]*)?)\}/g;

/** `${HOME}` is the shell's; `${a.b}` no shell knows. */
const isLeftToShell = (inner: string, own: readonly string[]): boolean => !inner.includes(".") && !own.includes(inner);

function readOne(shown: string, inner: string | undefined, kind: "text" | "shell"): Reference | string {
  if (inner === undefined) return "${";
  if (!shown.endsWith("}")) return "a `${` is not closed: write `$${` for these characters";
  const read = readReference(inner.trim().split("."), `\`${shown}\``);
  if (kind === "text" && typeof read === "string" && !inner.includes("."))
    return `\`${shown}\` is no reference: write \`\${env.${inner}}\` for a variable, \`$${shown}\` for these characters`;
  return read;
}
