import { subjectOf } from "./subject.ts";

const longestWhat = 500;
const longestInput = 8192;

/** What a request is about, in one line. */
export function whatOf({ tool, input }: { readonly tool: string; readonly input: unknown }): string {
  const { text } = subjectOf(tool, input);
  return text.length > longestWhat ? `${text.slice(0, longestWhat)}…` : text;
}

/** An input as the event log keeps it: whole, or the beginning of its JSON. */
export function cutInput(input: unknown): unknown {
  const text = JSON.stringify(input) ?? "null";
  return text.length > longestInput ? { cut: text.slice(0, longestInput), characters: text.length } : input;
}
