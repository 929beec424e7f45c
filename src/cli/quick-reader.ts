import { type ParseArgsConfig, parseArgs } from "node:util";
import type { CommandLine, Flags } from "../commands/command.ts";
import { globalFlags, type RawArguments, type RawValue } from "./raw-arguments.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/**
 * Reads a command's words with what Node brings along. What it does not understand is null: the
 * slow reader explains.
 */
export function readQuickly(side: CommandLine<Flags>, words: readonly string[]): RawArguments | null {
  const options = optionsOf({ ...side.flags, ...globalFlags });
  try {
    const read = side.positionals?.endsFlags ? upToFirstWord(options, words) : anywhere(options, words);
    // A list of nothing (`--status=`) is a mistake, which the slow reader explains.
    return Object.values(read.values).some((value) => Array.isArray(value) && value.includes("")) ? null : read;
  } catch {
    return null;
  }
}

function optionsOf(flags: Flags): Options {
  const options: Options = {};
  for (const [name, flag] of Object.entries(flags)) {
    options[name] = {
      type: flag.kind === "boolean" ? "boolean" : "string",
      multiple: flag.kind === "list" || flag.kind === "csv",
      ...(flag.short === undefined ? {} : { short: flag.short }),
    };
  }
  return options;
}

function anywhere(options: Options, words: readonly string[]): RawArguments {
  const { values, positionals, tokens } = parseArgs({ options, args: [...words], allowPositionals: true, tokens: true });
  refuseHiddenEnd(tokens, words);
  const first = tokens.find((token) => token.kind === "positional" || token.kind === "option-terminator");
  return { values: values as Record<string, RawValue>, positionals, afterDashes: first?.kind === "option-terminator" };
}

/** Flags end at the first word that is none: what follows belongs to the command that is run. */
function upToFirstWord(options: Options, words: readonly string[]): RawArguments {
  const { tokens } = parseArgs({ options, args: [...words], strict: false, tokens: true });
  const first = tokens.find((token) => token.kind === "positional" || token.kind === "option-terminator");
  refuseHiddenEnd(tokens, words);
  const end = first?.index ?? words.length;
  const afterDashes = first?.kind === "option-terminator";
  const { values } = parseArgs({ options, args: words.slice(0, end), allowPositionals: false });
  return { values: values as Record<string, RawValue>, positionals: words.slice(afterDashes ? end + 1 : end), afterDashes };
}

/** Node reads `-a-b` as `-a -- -b`: what looks like one word of flags would end them, or vanish. */
function refuseHiddenEnd(tokens: readonly { kind: string; index: number }[], words: readonly string[]): void {
  const isHidden = tokens.some(({ kind, index }) => kind === "option-terminator" && words[index] !== "--");
  if (isHidden) throw new Error("a dash among the letters of flags");
}
