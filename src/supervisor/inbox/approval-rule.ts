import { matchesGlob } from "../../base/glob.ts";
import type { ApprovalRule } from "../../settings/settings.ts";
import { type Subject, subjectOf } from "./subject.ts";

/** What an agent asks, and where. */
export interface Asked {
  readonly tool: string;
  readonly input: unknown;
  readonly mission: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly provider: string;
}

// What is longer is no command that a rule was written for.
const longestSubject = 16_384;

/** The first rule that holds for a request, and its place; null: none does. */
export function ruleFor(
  rules: readonly ApprovalRule[],
  asked: Asked,
): { readonly rule: ApprovalRule; readonly place: number } | null {
  const subject = subjectOf(asked.tool, asked.input);
  const place = rules.findIndex((rule) => holds(rule, asked, subject));
  const rule = rules[place];
  return rule === undefined ? null : { rule, place };
}

function holds(rule: ApprovalRule, asked: Asked, subject: Subject): boolean {
  return (
    matchesGlob(rule.tool, asked.tool) &&
    (rule.mission === null || matchesGlob(rule.mission, asked.mission)) &&
    (rule.provider === null || matchesGlob(rule.provider, asked.provider)) &&
    rule.labels.every((label) => bears(asked.labels, label)) &&
    matchesSubject(rule.match, subject)
  );
}

function bears(labels: Readonly<Record<string, string>>, label: string): boolean {
  const at = label.indexOf("=");
  const name = label.slice(0, at);
  return Object.hasOwn(labels, name) && labels[name] === label.slice(at + 1);
}

/**
 * `npm test*` must not stand for `npm test; rm -rf ~`: in a command line what begins another command,
 * or names a file to read or write, only matches itself. `*` alone stands for everything.
 */
function matchesSubject(match: string | null, { kind, text }: Subject): boolean {
  if (match === null || match === "*") return true;
  if (text.length > longestSubject) return false;
  return kind === "command" ? matchesGlob(match, text, (index) => isOperator(text, index)) : matchesGlob(match, text);
}

function isOperator(text: string, index: number): boolean {
  const character = text[index] as string;
  // A shell also takes commands out of some brackets that no `$` precedes.
  return ";&|`<>(\n\r".includes(character) || (character === "$" && text[index + 1] === "(");
}
