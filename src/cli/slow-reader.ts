// Everything that needs yargs; a file of its own in the build, loaded only for help and mistakes.
import yargs, { type Argv } from "yargs";
import { nearestWord } from "../base/nearest-word.ts";
import type { Command, CommandLine, Flag, Flags } from "../commands/command.ts";
import { globalFlags, type RawArguments, type RawValue } from "./raw-arguments.ts";

export type SlowReading = { readonly arguments: RawArguments } | { readonly mistake: string; readonly hint: string };

/** The named side of a command. */
type Described = Pick<Command, "name" | "summary" | "aliases"> & { readonly commandLine: CommandLine<Flags> };

/** Reads a command's words as the quick reader does, and says what is wrong with those that it rejects. */
export function readSlowly(command: Described, words: readonly string[]): SlowReading {
  const side = command.commandLine;
  try {
    const parsed = parserOf(side).parseSync(withValuesApart(side, words)) as Record<string, unknown>;
    return { arguments: rawOf(side, parsed, words) };
  } catch (error) {
    return { mistake: plainly((error as Error).message, side.flags), hint: `Try: overmind ${command.name} --help` };
  }
}

/** `-px` as `-p=x`: yargs takes a value that is joined to a letter for more letters, or not, by what it looks like; and `-p -` as `-p=-`. */
function withValuesApart({ flags, positionals }: CommandLine<Flags>, words: readonly string[]): string[] {
  const all = Object.entries({ ...flags, ...globalFlags } as Flags);
  const takesValue = (name: string) => all.some(([own, { kind }]) => own === name && kind !== "boolean");
  const isSwitch = (letter: string) => all.some(([, { short, kind }]) => short === letter && kind === "boolean");
  const apart: (string | null)[] = [...words];
  // A lone dash counts for no value.
  const takeNext = (at: number) => {
    if (apart[at + 1] !== "-") return;
    apart[at] = `${apart[at]}=-`;
    apart[at + 1] = null;
  };
  for (let at = 0; at < apart.length; at += 1) {
    const word = apart[at] ?? "";
    if (word === "--") break;
    if (word.startsWith("--")) {
      if (takesValue(word.slice(2))) takeNext(at++);
      continue;
    }
    if (!word.startsWith("-") || word === "-") {
      if (positionals?.endsFlags) break;
      continue;
    }
    const letters = [...word.slice(1)];
    const first = letters.findIndex((letter) => !isSwitch(letter));
    if (first < 0 || !all.some(([, { short, kind }]) => short === letters[first] && kind !== "boolean")) continue;
    const value = letters.slice(first + 1).join("");
    if (value === "") takeNext(at++);
    else apart[at] = `-${letters.slice(0, first + 1).join("")}=${value}`;
  }
  return apart.filter((word) => word !== null);
}

/** `overmind <command> --help`. */
export async function helpOf(command: Described, columns: number): Promise<string> {
  const side = command.commandLine;
  const words = side.positionals ? ` ${side.positionals.usage}` : "";
  const parser = parserOf(side)
    .wrap(columns)
    .usage(
      `Usage: overmind ${command.name} [flags]${words}\n\n${command.summary}.${side.description ? ` ${side.description}` : ""}`,
    )
    .updateStrings({ "Options:": "Flags:" });
  return parser.epilogue(endOfHelp(command)).getHelp();
}

/** Examples stand on lines of their own, so that they can be copied. */
function endOfHelp({ commandLine: { positionals, examples = [] }, aliases }: Described): string {
  return [
    ...(positionals ? [`${positionals.usage}: ${positionals.summary}`] : []),
    ...(aliases ? [`Also: overmind ${aliases.join(", ")}`] : []),
    ...(examples.length > 0 ? ["Examples:"] : []),
    ...examples.flatMap(([line, says]) => [`  # ${says}`, `  ${line}`]),
  ].join("\n");
}

// The published types lag behind: they do not know this method yet.
interface HidesTypes {
  usageConfiguration(given: Readonly<Record<string, boolean>>): void;
}

function parserOf(side: CommandLine<Flags>): Argv {
  const parser = yargs([])
    .scriptName("overmind")
    .detectLocale(false)
    .help(false)
    .version(false)
    .exitProcess(false)
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "duplicate-arguments-array": true,
      "flatten-duplicate-arrays": true,
      "greedy-arrays": false,
      "halt-at-non-option": side.positionals?.endsFlags === true,
      "nargs-eats-options": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "populate--": true,
      "strip-aliased": true,
    })
    .strictOptions()
    .fail((message: string, error: Error | undefined) => {
      throw error ?? new Error(message);
    });
  (parser as unknown as HidesTypes).usageConfiguration({ "hide-types": true });
  const flags: Flags = { ...side.flags, ...globalFlags };
  const widest = Math.max(...Object.values(flags).map((flag) => placeholder(flag).length));
  for (const [name, flag] of Object.entries(flags)) parser.option(name, optionOf(flag, widest));
  return parser;
}

function optionOf(flag: Flag, widest: number) {
  const describe = widest === 0 ? flag.summary : `${placeholder(flag).padEnd(widest)}  ${flag.summary}`;
  const alias = flag.short === undefined ? {} : { alias: flag.short };
  // Without arguments, else a following word `true` would be taken for its value.
  if (flag.kind === "boolean") return { type: "boolean" as const, nargs: 0, describe, ...alias };
  const isList = flag.kind === "list" || flag.kind === "csv";
  return {
    type: isList ? ("array" as const) : ("string" as const),
    string: true,
    nargs: 1,
    requiresArg: true,
    describe,
    ...alias,
  };
}

const placeholder = (flag: Flag): string =>
  flag.placeholder ?? (flag.kind === "boolean" ? "" : flag.kind === "choice" ? "WORD" : "VALUE");

function rawOf(side: CommandLine<Flags>, parsed: Record<string, unknown>, words: readonly string[]): RawArguments {
  const behind = (parsed["--"] as unknown[] | undefined)?.map(String) ?? [];
  const before = (parsed["_"] as unknown[]).map(String);
  const values: Record<string, RawValue> = {};
  for (const [name, flag] of Object.entries({ ...side.flags, ...globalFlags } as Flags)) {
    const value = parsed[name];
    if (value === undefined || value === false) continue;
    const isList = flag.kind === "list" || flag.kind === "csv";
    values[name] =
      flag.kind === "boolean"
        ? true
        : isList
          ? (value as unknown[]).map(String)
          : String(Array.isArray(value) ? value.at(-1) : value);
  }
  return {
    values,
    positionals: [...before, ...behind],
    afterDashes: before.length === 0 && words.at(-behind.length - 1) === "--",
  };
}

/** A mistake in our words, with the flag that may have been meant. */
function plainly(message: string, flags: Flags): string {
  const [, unknown] = /^Unknown arguments?: (.+)$/.exec(message) ?? [];
  if (unknown !== undefined) {
    const [first = ""] = unknown.split(", ");
    const near = nearestWord(first, [...Object.keys(flags), ...Object.keys(globalFlags)]);
    return `there is no flag ${first.length === 1 ? "-" : "--"}${first}${near === undefined ? "" : `; did you mean --${near}?`}`;
  }
  const [, missing] =
    /^Not enough arguments following: (.+)$/.exec(message) ?? /^Missing argument value: (.+)$/.exec(message) ?? [];
  if (missing !== undefined) return `--${missing} takes a value`;
  const [, idle] = /^Argument unexpected for: (.+)$/.exec(message) ?? [];
  if (idle !== undefined) return `${idle.length === 1 ? "-" : "--"}${idle} takes no value`;
  return message.replaceAll("\n", " ");
}
